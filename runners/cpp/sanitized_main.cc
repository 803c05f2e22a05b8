// Calls a kernel as the judge describes it on descriptor 3, and writes its outputs
// to descriptor 4. Linked with the kernel into one program by a compiler that
// watches memory accesses, or threads: every tensor is a block of its own, so that
// an access beside it is seen.
//
// What is read: 64-bit words, each tensor's bytes padded to one. cases; for each:
// calls, inputs, outputs, attributes; for each tensor: dtype, rank, constant, bytes,
// extents, then an input's bytes or the word that an output is filled with; then the
// attributes. What is written: the outputs of each case after its last call, without
// padding. No containers: it is compiled anew for each kernel.
#include <kernelevolve/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

// So many of them, all zero; for as long as the program runs.
template <typename T>
T* Items(int64_t count) {
  auto* items = static_cast<T*>(calloc(static_cast<size_t>(count) + 1, sizeof(T)));
  if (count < 0 || !items) Fail(kBroken, "out of memory");
  return items;
}

// The whole of descriptor 3; none but the judge has written it.
class Words {
 public:
  Words() {
    struct stat facts;
    if (fstat(kInput, &facts) != 0) Fail(kBroken, "no input");
    count_ = facts.st_size / kWord;
    words_ = Items<int64_t>(count_);
    auto* to = reinterpret_cast<char*>(words_);
    for (int64_t got = 0; got < count_ * kWord;) {
      const ssize_t more = pread(kInput, to + got,
                                 static_cast<size_t>(count_ * kWord - got), got);
      if (more <= 0) Fail(kBroken, "short input");
      got += more;
    }
  }
  int64_t Next() { return *Take(kWord); }
  const int64_t* Take(int64_t bytes) {
    const int64_t from = at_;
    if (bytes < 0 || bytes > (count_ - at_) * kWord) Fail(kBroken, "short input");
    at_ += (bytes + kWord - 1) / kWord;
    return words_ + from;
  }

 private:
  static constexpr int64_t kWord = sizeof(int64_t);
  int64_t* words_ = nullptr;
  int64_t count_ = 0, at_ = 0;
};

struct Tensor {
  int64_t *shape, *strides;
  int32_t dtype, rank;
  bool constant;
  size_t bytes;
  char* data;
  int64_t poison;
};

// Exactly so many bytes; `aligned`: at a multiple of 64, if they are one.
char* Block(size_t bytes, bool aligned = false) {
  auto* block = static_cast<char*>(aligned && bytes % 64 == 0
                                       ? aligned_alloc(64, bytes)
                                       : malloc(bytes ? bytes : 1));
  if (!block) Fail(kBroken, "out of memory");
  return block;
}

Tensor ReadTensor(Words& words, bool output) {
  Tensor tensor{};
  tensor.dtype = static_cast<int32_t>(words.Next());
  tensor.rank = static_cast<int32_t>(words.Next());
  tensor.constant = words.Next() != 0;
  const int64_t bytes = words.Next();
  tensor.bytes = static_cast<size_t>(bytes);
  tensor.shape = Items<int64_t>(tensor.rank);
  tensor.strides = Items<int64_t>(tensor.rank);
  for (int32_t i = 0; i < tensor.rank; ++i) tensor.shape[i] = words.Next();
  for (int32_t i = tensor.rank - 1; i >= 0; --i)
    tensor.strides[i] =
        i + 1 == tensor.rank ? 1 : tensor.strides[i + 1] * tensor.shape[i + 1];
  tensor.data = Block(tensor.bytes);
  if (output)
    tensor.poison = words.Next();
  else
    memcpy(tensor.data, words.Take(bytes), tensor.bytes);
  return tensor;
}

Tensor* ReadTensors(Words& words, int64_t count, bool output) {
  auto* tensors = Items<Tensor>(count);
  for (int64_t i = 0; i < count; ++i) tensors[i] = ReadTensor(words, output);
  return tensors;
}

void Poison(char* data, size_t bytes, int64_t word) {
  for (size_t i = 0; i < bytes; ++i)
    data[i] = reinterpret_cast<const char*>(&word)[i % sizeof word];
}

enum class Data { kNone, kConstants, kAll };

ke_tensor* Shown(const Tensor* tensors, int64_t count, Data data) {
  auto* shown = Items<ke_tensor>(count);
  for (int64_t i = 0; i < count; ++i) {
    const Tensor& tensor = tensors[i];
    const bool visible =
        data == Data::kAll || (data == Data::kConstants && tensor.constant);
    shown[i] = {visible ? tensor.data : nullptr, tensor.dtype, tensor.rank,
                tensor.shape, tensor.strides};
  }
  return shown;
}

void Write(const char* data, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const ssize_t count = write(kOutput, data + done, bytes - done);
    if (count <= 0) Fail(kBroken, "cannot write");
    done += static_cast<size_t>(count);
  }
}

// What a kernel prepares, in the runner's order: what is asked for may have been
// settled in ke_setup.
void Prepare(ke_call& call, const Tensor* inputs) {
  call.inputs = Shown(inputs, call.n_inputs, Data::kConstants);
  if (ke_setup && ke_setup(&call, &call.state) != 0) Fail(kFailed, "ke_setup failed");
  call.inputs = Shown(inputs, call.n_inputs, Data::kNone);
  if (ke_workspace_bytes) call.workspace_bytes = ke_workspace_bytes(&call);
  if (call.workspace_bytes)  // as the runner gives it
    call.workspace = Block(call.workspace_bytes, /*aligned=*/true);
}

void RunCase(Words& words) {
  const int64_t calls = words.Next(), n_inputs = words.Next(),
                n_outputs = words.Next(), n_attributes = words.Next();
  Tensor* const inputs = ReadTensors(words, n_inputs, false);
  Tensor* const outputs = ReadTensors(words, n_outputs, true);
  auto* attributes = Items<double>(n_attributes);
  memcpy(attributes, words.Take(n_attributes * 8), static_cast<size_t>(n_attributes) * 8);
  ke_call call{KE_ABI_VERSION, static_cast<int32_t>(n_inputs),
               static_cast<int32_t>(n_outputs), static_cast<int32_t>(n_attributes),
               nullptr, Shown(outputs, n_outputs, Data::kNone), attributes,
               nullptr, 0, nullptr, nullptr};
  Prepare(call, inputs);
  call.inputs = Shown(inputs, n_inputs, Data::kAll);
  call.outputs = Shown(outputs, n_outputs, Data::kAll);
  auto* const workspace = static_cast<char*>(call.workspace);
  for (int64_t i = 0; i < calls; ++i) {
    for (int64_t j = 0; j < n_outputs; ++j)
      Poison(outputs[j].data, outputs[j].bytes, outputs[j].poison);
    if (workspace) Poison(workspace, call.workspace_bytes, outputs[0].poison);
    if (ke_run(&call) != 0) Fail(kFailed, "ke_run failed");
  }
  for (int64_t j = 0; j < n_outputs; ++j) Write(outputs[j].data, outputs[j].bytes);
  if (ke_teardown && call.state) ke_teardown(call.state);
  for (int64_t j = 0; j < n_inputs; ++j) free(inputs[j].data);
  for (int64_t j = 0; j < n_outputs; ++j) free(outputs[j].data);
  free(workspace);
}

}  // namespace

int main() {
  Words words;
  const int64_t cases = words.Next();
  for (int64_t i = 0; i < cases; ++i) RunCase(words);
  _exit(0);  // threads of the kernel may still sleep
}
