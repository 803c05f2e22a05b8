#include "worker/record/record_child.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/base64.h"
#include "base/format.h"
#include "base/text.h"
#include "core/launch_plan_json.h"
#include "kernelevolve/abi.h"
#include "wire/frame.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/host_fault.h"
#include "worker/record/merge_recordings.h"
#include "worker/record/record_request.h"
#include "worker/record/repeat_recording.h"

namespace kernelevolve::worker {
namespace {

using MaybeFailure = std::optional<Failure>;

// The entry points of a kernel's library.
struct KernelLibrary {
  int (*run)(const ke_call*) = nullptr;
  uint64_t (*workspace_bytes)(const ke_call*) = nullptr;
  int (*setup)(const ke_call*, void**) = nullptr;
  void (*teardown)(void*) = nullptr;
};

template <typename Function>
void FindSymbol(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
}

// What the loader said, as a verdict: a name that nothing here defines is a
// call that no plan can hold.
Failure ExplainLoad(const std::string& said) {
  constexpr std::string_view kMark = "undefined symbol: ";
  const size_t at = said.find(kMark);
  if (at == std::string::npos)
    return {Code::kContract, Sanitize(said, 500), "load", ""};
  std::string name = Sanitize(said.substr(at + kMark.size()), 200);
  name.resize(std::min(name.find_first_of(" ,\n"), name.size()));
  for (const std::string_view library : {"cublas", "cudnn", "cufft", "cusparse",
                                         "cusolver", "curand", "cutensor", "nccl"})
    if (name.starts_with(library))
      return {Code::kDelegation,
              format("calls {}: a kernel does the work itself", name), "load", ""};
  const bool cuda = name.starts_with("cu") || name.starts_with("__cu");
  return {Code::kContract,
          cuda ? format("a launch plan cannot hold {}", name)
               : format("the library needs {}, which nothing defines", name),
          "load", ""};
}

// What is left on the stack by one recording must not differ from what is left
// by the other: padding of structs is copied along with their members. A frame
// that AddressSanitizer lays out would begin with a gap that nobody clears.
[[gnu::noinline, gnu::no_sanitize_address]] void CleanStack() {
  char below[256 << 10];
  explicit_bzero(below, sizeof below);
}

// The call of one recording: the tensors of a shape at pretended addresses.
class PretendedCall {
 public:
  PretendedCall(const RecordShape& shape, int which, cuda::Stream stream) {
    for (const RecordTensor& tensor : shape.tensors) Add(tensor, which);
    call_ = {KE_ABI_VERSION, static_cast<int32_t>(inputs_.size()),
             static_cast<int32_t>(outputs_.size()),
             static_cast<int32_t>(shape.attributes.size()), inputs_.data(),
             outputs_.data(), shape.attributes.data(), nullptr, 0, stream,
             nullptr};
    bare_ = call_;
    bare_.inputs = constants_.data();
    bare_.outputs = empty_outputs_.data();
  }
  PretendedCall(const PretendedCall&) = delete;

  // As ke_setup sees it: of the data, only constants.
  ke_call& bare() { return bare_; }
  // As ke_workspace_bytes sees it: no data.
  void HideConstants() {
    for (ke_tensor& input : constants_) input.data = nullptr;
    bare_.state = call_.state;
  }
  ke_call& whole() { return call_; }

  void SetWorkspace(uint64_t bytes, int which) {
    using Kind = BufferRef::Kind;
    call_.workspace_bytes = bytes;
    call_.workspace = bytes ? Pointer({Kind::kWorkspace, 0}, which) : nullptr;
  }

 private:
  static void* Pointer(const BufferRef& buffer, int which) {
    return reinterpret_cast<void*>(FakeAddress(buffer, which));
  }

  void Add(const RecordTensor& tensor, int which) {
    auto& all = tensor.output ? outputs_ : inputs_;
    const BufferRef buffer{tensor.output ? BufferRef::Kind::kOutput
                                         : BufferRef::Kind::kInput,
                           static_cast<int>(all.size())};
    auto& strides = strides_.emplace_back(tensor.shape.size());
    int64_t step = 1;
    for (size_t axis = strides.size(); axis-- > 0;) {
      strides[axis] = step;
      step *= tensor.shape[axis];
    }
    ke_tensor view{Pointer(buffer, which), static_cast<int32_t>(tensor.dtype),
                   static_cast<int32_t>(tensor.shape.size()),
                   tensor.shape.data(), strides.data()};
    all.push_back(view);
    if (tensor.output || !tensor.constant) view.data = nullptr;
    (tensor.output ? empty_outputs_ : constants_).push_back(view);
  }

  std::vector<std::vector<int64_t>> strides_;  // their data stays in place
  std::vector<ke_tensor> inputs_, outputs_, constants_, empty_outputs_;
  ke_call call_{}, bare_{};
};

class Recorder {
 public:
  Recorder(const RecordRequest& request, std::string path)
      : request_(request), path_(std::move(path)), fake_(request.device) {
    FakeCudaCall::Serve(&fake_);
  }
  ~Recorder() { FakeCudaCall::Serve(nullptr); }

  MaybeFailure Run(LaunchPlan* plan) {
    if (auto failed = Load()) return failed;
    for (const RecordShape& shape : request_.shapes)
      if (auto failed = RecordAll(shape, &plan->shapes.emplace_back()))
        return failed;
    plan->modules = fake_.modules.images();
    plan->ptx = fake_.modules.ptx();
    return std::nullopt;
  }

  std::string Log() const { return Join(fake_.tape.notes(), "\n"); }

 private:
  MaybeFailure Load() {
    void* library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) return ExplainLoad(dlerror());
    if (fake_.tape.refusal()) return fake_.tape.refusal();
    FindSymbol(library, "ke_run", &kernel_.run);
    FindSymbol(library, "ke_workspace_bytes", &kernel_.workspace_bytes);
    FindSymbol(library, "ke_setup", &kernel_.setup);
    FindSymbol(library, "ke_teardown", &kernel_.teardown);
    if (kernel_.run) return std::nullopt;
    return Failure{Code::kContract, "the library does not export ke_run", "load",
                   ""};
  }

  // Twice with every buffer elsewhere, and then where the last call had them.
  MaybeFailure RecordAll(const RecordShape& shape, ShapePlan* plan) {
    Recording recordings[kRecordings], again;
    uint32_t serials[kRecordings];
    for (int which = 0; which < kRecordings; ++which) {
      if (auto failed = Record(shape, which, &recordings[which])) return failed;
      serials[which] = serial_;
    }
    plan->variables = fake_.modules.variables();
    if (auto failed = MergeRecordings(recordings[0], recordings[1], serials, plan))
      return failed;
    if (auto failed = Record(shape, kRecordings - 1, &again)) return failed;
    return CompareRepeat(recordings[kRecordings - 1], again);
  }

  MaybeFailure Record(const RecordShape& shape, int which, Recording* recording) {
    fake_.tape.Start(which, ++serial_);
    fake_.streams.StartRecording();
    if (auto failed = RecordOnce(shape, which)) return failed;
    *recording = fake_.tape.Take();
    return std::nullopt;
  }

  // Calls into the kernel; what it was refused comes before what it returned.
  template <typename Call>
  MaybeFailure Within(Phase phase, const char* name, Call call) {
    fake_.tape.Enter(phase);
    fake_.configurations.clear();
    CleanStack();
    const int code = call();
    if (fake_.tape.refusal()) return fake_.tape.refusal();
    if (fake_.captures.open() && code == 0)
      return Failure{Code::kRunFailed,
                     format("{} began to capture a stream and did not end it", name),
                     "record", ""};
    if (code == 0) return std::nullopt;
    const int error = fake_.last_error;
    return Failure{Code::kRunFailed,
                   format("{} returned {}{}", name, code,
                          error ? format(" after {}", CudaErrorName(error)) : ""),
                   "return_code", ""};
  }

  MaybeFailure RecordOnce(const RecordShape& shape, int which) {
    fake_.last_error = cuda::kSuccess;
    PretendedCall call(shape, which, fake_.streams.call_stream());
    ke_call& whole = call.whole();
    MaybeFailure failed;
    if (kernel_.setup)
      failed = Within(Phase::kSetup, "ke_setup", [&] {
        return kernel_.setup(&call.bare(), &whole.state);
      });
    call.HideConstants();
    uint64_t bytes = 0;
    if (!failed && kernel_.workspace_bytes)
      failed = Within(Phase::kWorkspace, "ke_workspace_bytes", [&] {
        bytes = kernel_.workspace_bytes(&call.bare());
        return 0;
      });
    if (!failed && bytes > kMostBufferBytes)
      failed = Failure{Code::kResource,
                       format("ke_workspace_bytes asks for {} bytes", bytes),
                       "resource_limits", ""};
    if (failed) return failed;
    call.SetWorkspace(bytes, which);
    fake_.tape.SetWorkspace(bytes);
    failed = Within(Phase::kRun, "ke_run", [&] { return kernel_.run(&whole); });
    if (failed || !kernel_.teardown || !whole.state) return failed;
    return Within(Phase::kTeardown, "ke_teardown", [&] {
      kernel_.teardown(whole.state);
      return 0;
    });
  }

  const RecordRequest& request_;
  const std::string path_;
  FakeCuda fake_;
  KernelLibrary kernel_;
  uint32_t serial_ = 0;
};

Json FailureReply(const Failure& failure, const std::string& log) {
  return {{"ok", false},
          {"code", CodeName(failure.code)},
          {"message", failure.message},
          {"log", log}};
}

Json PlanReply(const LaunchPlan& plan, const std::string& log) {
  Json modules = Json::array();
  for (const std::string& image : plan.modules)
    modules.push_back(EncodeBase64(image));
  return {{"ok", true},
          {"plan", PlanToJson(plan)},
          {"modules", std::move(modules)},
          {"ptx", plan.ptx},
          {"log", log}};
}

}  // namespace

int RecordCudaMain(const std::vector<std::string>& arguments) {
  const auto json = ReadFrame(kRecordFd);
  if (!json) return 4;
  const auto request = RecordRequestFromJson(*json);
  if (!request) {
    std::fprintf(stderr, "%s\n", request.error().message.c_str());
    return 4;
  }
  ExplainHostFaults(kRecordFd);
  Recorder recorder(*request, arguments.empty() ? "" : arguments[0]);
  LaunchPlan plan;
  const MaybeFailure failed = recorder.Run(&plan);
  const Json reply = failed ? FailureReply(*failed, recorder.Log())
                            : PlanReply(plan, recorder.Log());
  std::fflush(stdout);
  const bool sent = WriteFrame(kRecordFd, reply).has_value();
  // Without what the library would still like to do at the end.
  _exit(sent ? 0 : 4);
}

}  // namespace kernelevolve::worker
