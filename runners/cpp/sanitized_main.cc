// Calls a kernel as the judge describes it on descriptor 3, and writes its outputs
// to descriptor 4. Linked with the kernel into one program by a compiler that
// watches memory accesses, or threads: every tensor is a block of its own, so that
// an access beside it is seen.
//
// What is read: 64-bit words, each tensor's bytes padded to one. cases; for each:
// calls, inputs, outputs, attributes; for each tensor: dtype, rank, constant, bytes,
// extents, then an input's bytes or the word that an output is filled with; then the
// attributes. What is written: the outputs of each case after its last call, without
// padding.
#include <kernelevolve/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

extern "C" {
__attribute__((weak)) uint64_t ke_workspace_bytes(const ke_call*);
__attribute__((weak)) int ke_setup(const ke_call*, void**);
__attribute__((weak)) void ke_teardown(void*);
}

namespace {

enum { kInput = 3, kOutput = 4, kBroken = 2, kFailed = 3 };

[[noreturn]] void Fail(int code, const char* what) {
  fprintf(stderr, "sanitized_main: %s\n", what);
  fflush(stderr);
  _exit(code);
}

// The whole of descriptor 3; none but the judge has written it.
class Words {
 public:
  Words() {
    struct stat facts;
    if (fstat(kInput, &facts) != 0) Fail(kBroken, "no input");
    words_.resize(static_cast<size_t>(facts.st_size) / sizeof(int64_t));
    auto* to = reinterpret_cast<char*>(words_.data());
    for (size_t got = 0; got < words_.size() * sizeof(int64_t);) {
      const ssize_t count = pread(kInput, to + got, words_.size() * sizeof(int64_t) - got,
                                  static_cast<off_t>(got));
      if (count <= 0) Fail(kBroken, "short input");
      got += static_cast<size_t>(count);
    }
  }
  int64_t Next() { return *Take(sizeof(int64_t)); }
  const int64_t* Take(int64_t bytes) {
    const size_t from = at_;
    at_ += (static_cast<size_t>(bytes) + sizeof(int64_t) - 1) / sizeof(int64_t);
    if (bytes < 0 || at_ > words_.size()) Fail(kBroken, "short input");
    return words_.data() + from;
  }

 private:
  std::vector<int64_t> words_;
  size_t at_ = 0;
};

struct Tensor {
  std::vector<int64_t> shape, strides;
  int32_t dtype = 0;
  bool constant = false;
  size_t bytes = 0;
  char* data = nullptr;
  int64_t poison = 0;
};

// As exact as malloc's, and as aligned as what the runner gives.
char* AlignedBlock(size_t bytes) {
  auto* block = static_cast<char*>(bytes % 64 == 0 ? aligned_alloc(64, bytes)
                                                   : malloc(bytes));
  if (!block) Fail(kBroken, "out of memory");
  return block;
}

char* Block(size_t bytes) {
  auto* block = static_cast<char*>(malloc(bytes ? bytes : 1));
  if (!block) Fail(kBroken, "out of memory");
  return block;
}

Tensor ReadTensor(Words& words, bool output) {
  Tensor tensor;
  tensor.dtype = static_cast<int32_t>(words.Next());
  const int64_t rank = words.Next();
  tensor.constant = words.Next() != 0;
  const int64_t bytes = words.Next();
  tensor.bytes = static_cast<size_t>(bytes);
  for (int64_t i = 0; i < rank; ++i) tensor.shape.push_back(words.Next());
  tensor.strides.assign(tensor.shape.size(), 1);
  for (size_t i = tensor.shape.size(); i-- > 1;)
    tensor.strides[i - 1] = tensor.strides[i] * tensor.shape[i];
  tensor.data = Block(tensor.bytes);
  if (output)
    tensor.poison = words.Next();
  else
    memcpy(tensor.data, words.Take(bytes), tensor.bytes);
  return tensor;
}

void Poison(char* data, size_t bytes, int64_t word) {
  for (size_t i = 0; i < bytes; ++i)
    data[i] = reinterpret_cast<const char*>(&word)[i % sizeof word];
}

std::vector<ke_tensor> Shown(const std::vector<Tensor>& tensors, bool constants_only,
                             bool data) {
  std::vector<ke_tensor> shown;
  for (const Tensor& tensor : tensors)
    shown.push_back({data && (tensor.constant || !constants_only) ? tensor.data : nullptr,
                     tensor.dtype, static_cast<int32_t>(tensor.shape.size()),
                     tensor.shape.data(), tensor.strides.data()});
  return shown;
}

void Write(const char* data, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const ssize_t count = write(kOutput, data + done, bytes - done);
    if (count <= 0) Fail(kBroken, "cannot write");
    done += static_cast<size_t>(count);
  }
}

void RunCase(Words& words) {
  const int64_t calls = words.Next(), n_inputs = words.Next(),
                n_outputs = words.Next(), n_attributes = words.Next();
  std::vector<Tensor> inputs, outputs;
  for (int64_t i = 0; i < n_inputs; ++i) inputs.push_back(ReadTensor(words, false));
  for (int64_t i = 0; i < n_outputs; ++i) outputs.push_back(ReadTensor(words, true));
  std::vector<double> attributes(static_cast<size_t>(n_attributes));
  for (double& attribute : attributes) {
    const int64_t bits = words.Next();
    memcpy(&attribute, &bits, sizeof attribute);
  }
  auto all_inputs = Shown(inputs, false, true), all_outputs = Shown(outputs, false, true);
  auto constants = Shown(inputs, true, true), no_outputs = Shown(outputs, false, false);
  auto no_inputs = Shown(inputs, false, false);
  ke_call call{KE_ABI_VERSION, static_cast<int32_t>(n_inputs),
               static_cast<int32_t>(n_outputs), static_cast<int32_t>(n_attributes),
               constants.data(), no_outputs.data(), attributes.data(),
               nullptr, 0, nullptr, nullptr};
  // In the runner's order: what is asked for may have been settled in ke_setup.
  if (ke_setup && ke_setup(&call, &call.state) != 0) Fail(kFailed, "ke_setup failed");
  call.inputs = no_inputs.data();
  if (ke_workspace_bytes) call.workspace_bytes = ke_workspace_bytes(&call);
  char* const workspace =
      call.workspace_bytes ? AlignedBlock(call.workspace_bytes) : nullptr;
  call.workspace = workspace;
  call.inputs = all_inputs.data();
  call.outputs = all_outputs.data();
  for (int64_t i = 0; i < calls; ++i) {
    for (const Tensor& tensor : outputs) Poison(tensor.data, tensor.bytes, tensor.poison);
    if (workspace) Poison(workspace, call.workspace_bytes, outputs[0].poison);
    if (ke_run(&call) != 0) Fail(kFailed, "ke_run failed");
  }
  for (const Tensor& tensor : outputs) Write(tensor.data, tensor.bytes);
  if (ke_teardown && call.state) ke_teardown(call.state);
  for (const Tensor& tensor : inputs) free(tensor.data);
  for (const Tensor& tensor : outputs) free(tensor.data);
  free(workspace);
}

}  // namespace

int main() {
  Words words;
  const int64_t cases = words.Next();
  for (int64_t i = 0; i < cases; ++i) RunCase(words);
  _exit(0);  // threads of the kernel may still sleep
}
