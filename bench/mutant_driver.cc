// mutant_driver CASES GOOD.so [MUTANT.so...]: which mutants are wrong, outside
// the judge. Built once per task, with -DTASK_REFERENCE="…/reference.cc".
//
// CASES holds inputs (mutant_cases.py writes it). The first line printed is the
// largest allowance of each output over declared values, relative to
// max(|r|, RMS). Then one line for each mutant: wrong, crashed, hung or failed;
// within (other bits than the good kernel's, inside of four allowances); same.
// The allowance is the judge's: 8 sigma u + 2 u |r|, integers to the bit.
#define KE_REFERENCE_NO_FLOAT
#include TASK_REFERENCE

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kPatienceS = 20;
constexpr double kSurelyWrong = 4;  // allowances
constexpr double kRoundoff = 1.0 / (1 << 24);

using Bytes = std::vector<unsigned char>;

struct Tensor {
  int dtype = 0;
  std::vector<int64_t> shape, strides;
  Bytes data;  // inputs only

  bool Floating() const { return dtype == KE_F32; }
  int64_t Count() const {
    int64_t n = 1;
    for (int64_t extent : shape) n *= extent;
    return n;
  }
  size_t ElementBytes() const {
    return dtype == KE_F32 || dtype == KE_I32 ? 4 : 8;
  }
  size_t Size() const { return Count() * ElementBytes(); }
};

struct Case {
  std::string name;
  double factor = 1;  // 1 for declared values, 4 for other families
  std::vector<double> attributes;
  std::vector<Tensor> inputs, outputs;
  std::vector<std::vector<double>> exact, allowed;  // floating outputs
  std::vector<Bytes> whole;                         // integer outputs
  std::vector<Bytes> good;
  std::vector<bool> free_nonfinite;
};

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "mutant_driver: %s\n", what);
  std::exit(2);
}

std::vector<double> Numbers(FILE* file, char* word, size_t room) {
  std::vector<double> numbers;
  char line[4096];
  if (!std::fgets(line, sizeof line, file)) return {};
  char* at = std::strtok(line, " \n");
  std::snprintf(word, room, "%s", at ? at : "");
  while ((at = std::strtok(nullptr, " \n"))) numbers.push_back(std::atof(at));
  return numbers;
}

Tensor ReadTensor(FILE* file, bool input, bool* free_nonfinite) {
  char word[64];
  const std::vector<double> head = Numbers(file, word, sizeof word);
  Tensor tensor;
  if (head.empty()) Die("bad cases");
  tensor.dtype = std::atoi(word);
  if (free_nonfinite) *free_nonfinite = head[0] != 0;
  tensor.shape.assign(head.begin() + 1, head.end());
  tensor.strides.assign(tensor.shape.size(), 1);
  for (size_t i = tensor.shape.size(); i-- > 1;)
    tensor.strides[i - 1] = tensor.strides[i] * tensor.shape[i];
  if (!input) return tensor;
  tensor.data.resize(tensor.Size());
  if (std::fread(tensor.data.data(), 1, tensor.Size(), file) != tensor.Size())
    Die("short cases");
  return tensor;
}

std::vector<Case> ReadCases(const char* path) {
  FILE* file = std::fopen(path, "rb");
  if (!file) Die("no cases");
  std::vector<Case> cases;
  char word[64];
  for (;;) {
    const std::vector<double> head = Numbers(file, word, sizeof word);
    if (head.size() < 3) break;
    Case one;
    one.name = word;
    one.factor = head[0];
    one.attributes.assign(head.begin() + 3, head.end());
    for (int i = 0; i < head[1]; ++i)
      one.inputs.push_back(ReadTensor(file, true, nullptr));
    for (int i = 0; i < head[2]; ++i) {
      bool is_free = false;
      one.outputs.push_back(ReadTensor(file, false, &is_free));
      one.free_nonfinite.push_back(is_free);
    }
    cases.push_back(std::move(one));
  }
  std::fclose(file);
  return cases;
}

// A call with the given memory behind its tensors.
struct Call {
  std::vector<ke_tensor> inputs, outputs;
  ke_call call{};

  Call(const Case& of, const std::vector<void*>& in,
       const std::vector<void*>& out) {
    for (size_t i = 0; i < in.size(); ++i)
      inputs.push_back(View(of.inputs[i], in[i]));
    for (size_t i = 0; i < out.size(); ++i)
      outputs.push_back(View(of.outputs[i], out[i]));
    call.abi_version = KE_ABI_VERSION;
    call.n_inputs = static_cast<int32_t>(inputs.size());
    call.n_outputs = static_cast<int32_t>(outputs.size());
    call.n_attributes = static_cast<int32_t>(of.attributes.size());
    call.inputs = inputs.data();
    call.outputs = outputs.data();
    call.attributes = of.attributes.data();
  }

  static ke_tensor View(const Tensor& tensor, void* data) {
    return {data, tensor.dtype, static_cast<int32_t>(tensor.shape.size()),
            tensor.shape.data(), tensor.strides.data()};
  }
};

// The reference on arrays of T for floating tensors.
template <typename T>
std::vector<std::vector<T>> Reference(Case& of, int (*run)(const ke_call*)) {
  std::vector<std::vector<T>> in(of.inputs.size()), out(of.outputs.size());
  std::vector<void*> in_at, out_at;
  for (size_t i = 0; i < in.size(); ++i) {
    Tensor& tensor = of.inputs[i];
    const auto* x = reinterpret_cast<const float*>(tensor.data.data());
    if (tensor.Floating()) in[i].assign(x, x + tensor.Count());
    in_at.push_back(tensor.Floating() ? static_cast<void*>(in[i].data())
                                      : tensor.data.data());
  }
  of.whole.assign(out.size(), {});
  for (size_t i = 0; i < out.size(); ++i) {
    const Tensor& tensor = of.outputs[i];
    if (tensor.Floating()) out[i].resize(tensor.Count());
    if (!tensor.Floating()) of.whole[i].resize(tensor.Size());
    out_at.push_back(tensor.Floating() ? static_cast<void*>(out[i].data())
                                       : of.whole[i].data());
  }
  const Call made(of, in_at, out_at);
  run(&made.call);
  return out;
}

void Expect(Case& of) {
  of.exact = Reference<double>(of, ke_reference_f64);
  of.allowed.assign(of.exact.size(), {});
  const auto carried = Reference<ke::with_error>(of, ke_reference_error);
  for (size_t i = 0; i < carried.size(); ++i)
    for (size_t j = 0; j < carried[i].size(); ++j) {
      const double r = of.exact[i][j];
      const double sigma = std::sqrt(carried[i][j].variance);
      of.allowed[i].push_back(of.factor * (8 * sigma * kRoundoff +
                                           2 * kRoundoff * std::fabs(r) +
                                           FLT_MIN));
    }
}

// Memory of `size` bytes that ends, or begins, at a page nobody may touch.
void* Fenced(size_t size, bool at_end) {
  const size_t page = sysconf(_SC_PAGESIZE);
  const size_t body = (size + page - 1) / page * page;
  auto* base = static_cast<char*>(mmap(nullptr, body + 2 * page, PROT_NONE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (base == MAP_FAILED) Die("out of memory");
  if (body) mprotect(base + page, body, PROT_READ | PROT_WRITE);
  return base + page + (at_end ? body - size : 0);
}

struct Kernel {
  void* library;
  template <typename F>
  F* Find(const char* name) const {
    return reinterpret_cast<F*>(dlsym(library, name));
  }
};

// The outputs of one call, as bytes; nothing if it failed.
std::vector<Bytes> RunOnce(const Kernel& kernel, const Case& of, bool at_end) {
  std::vector<void*> in, out;
  for (const Tensor& tensor : of.inputs) {
    in.push_back(Fenced(tensor.Size(), at_end));
    std::memcpy(in.back(), tensor.data.data(), tensor.Size());
  }
  for (const Tensor& tensor : of.outputs) {
    out.push_back(Fenced(tensor.Size(), at_end));
    std::memset(out.back(), 0xf5, tensor.Size());
  }
  Call made(of, in, out);
  if (auto* bytes = kernel.Find<uint64_t(const ke_call*)>("ke_workspace_bytes"))
    made.call.workspace_bytes = bytes(&made.call);
  const size_t room = (made.call.workspace_bytes + 63) / 64 * 64;
  if (room) std::memset(made.call.workspace = Fenced(room, at_end), 0xf5, room);
  if (auto* set = kernel.Find<int(const ke_call*, void**)>("ke_setup"))
    if (set(&made.call, &made.call.state) != 0) return {};
  if (kernel.Find<int(const ke_call*)>("ke_run")(&made.call) != 0) return {};
  std::vector<Bytes> got;
  for (size_t i = 0; i < out.size(); ++i) {
    const auto* at = static_cast<unsigned char*>(out[i]);
    got.emplace_back(at, at + of.outputs[i].Size());
  }
  return got;
}

bool WrongFloat(const Case& of, size_t i, int64_t j, float y, float good) {
  const double r = of.exact[i][j];
  const bool good_agrees = std::isfinite(good) == std::isfinite(r) &&
                           std::isnan(good) == std::isnan(r);
  if (!std::isfinite(r) || !std::isfinite(good)) {
    if (of.free_nonfinite[i] || !good_agrees) return false;
    return std::isnan(r) ? !std::isnan(y) : y != r;
  }
  return !(std::fabs(y - r) <= kSurelyWrong * of.allowed[i][j]);
}

bool WrongOutput(const Case& of, size_t i, const Bytes& got) {
  const Bytes& good = of.good[i];
  if (!of.outputs[i].Floating()) return got != of.whole[i];
  for (int64_t j = 0; j < of.outputs[i].Count(); ++j) {
    float y, g;
    std::memcpy(&y, &got[4 * j], 4);
    std::memcpy(&g, &good[4 * j], 4);
    if (std::memcmp(&y, &g, 4) != 0 && WrongFloat(of, i, j, y, g)) return true;
  }
  return false;
}

// The child's exit code is its finding.
enum { kSame = 10, kWithin, kWrong, kFailed };

[[noreturn]] void JudgeInChild(const char* path, const std::vector<Case>& all) {
  alarm(kPatienceS);
  const Kernel kernel{dlopen(path, RTLD_NOW)};
  if (!kernel.library) _exit(kFailed);
  int finding = kSame;
  for (const Case& of : all)
    for (const bool at_end : {true, false}) {
      const std::vector<Bytes> got = RunOnce(kernel, of, at_end);
      if (got.empty()) _exit(kFailed);
      for (size_t i = 0; i < got.size(); ++i) {
        if (got[i] == of.good[i]) continue;
        if (WrongOutput(of, i, got[i])) _exit(kWrong);
        finding = kWithin;
      }
    }
  _exit(finding);
}

const char* Judge(const char* path, const std::vector<Case>& all) {
  const pid_t child = fork();
  if (child == 0) JudgeInChild(path, all);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == SIGALRM ? "hung" : "crashed";
  switch (WEXITSTATUS(status)) {
    case kSame: return "same";
    case kWithin: return "within";
    case kWrong: return "wrong";
    default: return "failed";
  }
}

void PrintAllowances(const std::vector<Case>& cases) {
  for (size_t i = 0; i < cases[0].outputs.size(); ++i) {
    double largest = 0;
    for (const Case& of : cases) {
      if (of.factor != 1) continue;
      double squares = 0;
      for (double r : of.exact[i]) squares += r * r;
      const double rms = std::sqrt(squares / (of.exact[i].size() + 1e-300));
      for (size_t j = 0; j < of.exact[i].size(); ++j) {
        const double scale = std::fmax(std::fabs(of.exact[i][j]), rms);
        if (scale > 0) largest = std::fmax(largest, of.allowed[i][j] / scale);
      }
    }
    std::printf("%s%.3g", i ? " " : "", largest);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) Die("CASES GOOD.so [MUTANT.so...]");
  std::vector<Case> cases = ReadCases(argv[1]);
  const Kernel good{dlopen(argv[2], RTLD_NOW)};
  if (!good.library || cases.empty()) Die("no cases or no good kernel");
  for (Case& of : cases) {
    Expect(of);
    of.good = RunOnce(good, of, true);
    if (of.good.empty()) Die("the good kernel failed");
    for (size_t i = 0; i < of.outputs.size(); ++i)
      if (!of.outputs[i].Floating() && of.good[i] != of.whole[i])
        Die("the good kernel is wrong");
  }
  PrintAllowances(cases);
  std::fflush(stdout);
  for (int i = 3; i < argc; ++i) {
    std::printf("%s\n", Judge(argv[i], cases));
    std::fflush(stdout);
  }
  return 0;
}
