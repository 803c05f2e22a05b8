#include "worker/run/runner_child.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernelevolve/abi.h"
#include "wire/frame.h"
#include "worker/run/binding.h"
#include "worker/run/fault_handler.h"
#include "worker/run/fp_environment.h"
#include "worker/run/mailbox.h"
#include "worker/run/process_state.h"

namespace kernelevolve::worker {
namespace {

using RunFunction = int (*)(const ke_call*);
using WorkspaceFunction = uint64_t (*)(const ke_call*);
using SetupFunction = int (*)(const ke_call*, void**);
using TeardownFunction = void (*)(void*);

// A tensor's pages between two unmapped regions.
class GuardedMapping {
 public:
  GuardedMapping() = default;
  GuardedMapping(const GuardedMapping&) = delete;
  GuardedMapping(GuardedMapping&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)),
        total_(other.total_),
        sealed_(other.sealed_),
        payload_(std::exchange(other.payload_, nullptr)) {}
  // What is sealed stays, address space and no memory.
  ~GuardedMapping() {
    if (!base_) return;
    if (sealed_)
      munmap(base_ + kGuardBytes, total_ - 2 * kGuardBytes);
    else
      munmap(base_, total_);
  }

  Status Map(int fd, const Placement& place, bool writable) {
    total_ = place.mapped_bytes + 2 * kGuardBytes;
    void* base = mmap(nullptr, total_, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return SystemError("cannot reserve address space");
    base_ = static_cast<uint8_t*>(base);
    const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
    if (mmap(base_ + kGuardBytes, place.mapped_bytes, protection,
             MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED)
      return SystemError("cannot map a tensor");
    payload_ = base_ + kGuardBytes + place.offset;
    // A guard that the kernel can make readable guards nothing. Linux 6.10 and newer.
    sealed_ = syscall(kMseal, base_, kGuardBytes, 0) == 0;
    if (sealed_ && syscall(kMseal, base_ + kGuardBytes + place.mapped_bytes,
                           kGuardBytes, 0) != 0)
      return SystemError("cannot seal a tensor's guard");
    return {};
  }

  void* payload() const { return payload_; }
  uint8_t* base() const { return base_; }

 private:
  uint8_t* base_ = nullptr;
  static constexpr long kMseal = 462;

  size_t total_ = 0;
  bool sealed_ = false;
  void* payload_ = nullptr;
};

class Runner {
 public:
  // `path`: of the kernel's library.
  explicit Runner(std::string path) : path_(std::move(path)) {}
  int Serve();

 private:
  Json Load(const Json& request);
  Json Prepare(const Json& request);
  Json MapWorkspace(const Json& request);
  void ServeMailbox();
  void RunOnce();
  // Maps them, unless they lie where those of the last binding did.
  Status MapTensors();
  Status BuildTensors();
  void Teardown();

  const std::string path_;
  Mailbox* mailbox_ = nullptr;
  RunFunction run_ = nullptr;
  WorkspaceFunction workspace_bytes_ = nullptr;
  SetupFunction setup_ = nullptr;
  TeardownFunction teardown_ = nullptr;

  Binding binding_;
  std::vector<TensorBinding> mapped_;  // what `mappings_` are of
  std::vector<GuardedMapping> mappings_;
  std::vector<std::vector<int64_t>> strides_;
  std::vector<ke_tensor> inputs_, outputs_;
  GuardedMapping workspace_;
  ke_call call_{};
  uint32_t served_ = 0;
};

// A handler of fork() has no other way to find it; set once, before any kernel
// is loaded, in a process that serves one judge.
Mailbox* fork_mailbox = nullptr;

void CountForks(Mailbox* mailbox) {
  fork_mailbox = mailbox;
  pthread_atfork([] { fork_mailbox->forks.fetch_add(1); }, nullptr, nullptr);
}

Json Failed(const std::string& message) {
  return {{"ok", false}, {"message", message}};
}

Json Runner::Load(const Json& request) {
  const std::string symbol = GetString(request, "symbol").value_or("ke_run");
  void* library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return Failed(dlerror());
  run_ = reinterpret_cast<RunFunction>(dlsym(library, symbol.c_str()));
  if (!run_) return Failed("the library does not export " + symbol);
  if (GetBool(request, "optional_symbols").value_or(true)) {
    workspace_bytes_ = reinterpret_cast<WorkspaceFunction>(
        dlsym(library, "ke_workspace_bytes"));
    setup_ = reinterpret_cast<SetupFunction>(dlsym(library, "ke_setup"));
    teardown_ = reinterpret_cast<TeardownFunction>(dlsym(library, "ke_teardown"));
  }
  return {{"ok", true}, {"mxcsr", ReadMxcsr()}, {"x87", ReadX87Control()}};
}

Status Runner::MapTensors() {
  const auto& tensors = binding_.tensors;
  const bool as_before = std::ranges::equal(
      tensors, mapped_, [](const TensorBinding& one, const TensorBinding& other) {
        return one.descriptor == other.descriptor && one.place == other.place &&
               one.output == other.output;
      });
  if (as_before) return {};  // other constants, say, where those before were
  mappings_.clear();
  mapped_.clear();
  for (const TensorBinding& tensor : tensors) {
    GuardedMapping mapping;
    RETURN_IF_ERROR(mapping.Map(tensor.descriptor, tensor.place, tensor.output));
    mappings_.push_back(std::move(mapping));
  }
  mapped_ = tensors;
  return {};
}

Status Runner::BuildTensors() {
  strides_.clear();
  inputs_.clear();
  outputs_.clear();
  RETURN_IF_ERROR(MapTensors());
  for (const TensorBinding& tensor : binding_.tensors) {
    std::vector<int64_t> strides(tensor.shape.size());
    int64_t step = 1;
    for (size_t axis = strides.size(); axis-- > 0;) {
      strides[axis] = step;
      step *= tensor.shape[axis];
    }
    strides_.push_back(std::move(strides));
  }
  for (size_t i = 0; i < binding_.tensors.size(); ++i) {
    const TensorBinding& tensor = binding_.tensors[i];
    ke_tensor view{mappings_[i].payload(), tensor.dtype,
                   static_cast<int32_t>(tensor.shape.size()),
                   tensor.shape.data(), strides_[i].data()};
    (tensor.output ? outputs_ : inputs_).push_back(view);
  }
  return {};
}

void Runner::Teardown() {
  if (call_.state && teardown_) teardown_(call_.state);
  call_.state = nullptr;
}

Json Runner::Prepare(const Json& request) {
  if (!run_) return Failed("prepare before load");
  Teardown();
  auto binding = BindingFromJson(GetMember(request, "binding"));
  if (!binding) return Failed(binding.error().message);
  binding_ = *std::move(binding);
  if (Status built = BuildTensors(); !built) return Failed(built.error().message);

  call_ = ke_call{KE_ABI_VERSION,
                  static_cast<int32_t>(inputs_.size()),
                  static_cast<int32_t>(outputs_.size()),
                  static_cast<int32_t>(binding_.attributes.size()),
                  inputs_.data(), outputs_.data(), binding_.attributes.data(),
                  nullptr, 0, nullptr, nullptr};
  // ke_setup and ke_workspace_bytes see shapes and constants, no other data.
  std::vector<ke_tensor> visible = inputs_, hidden_outputs = outputs_;
  for (size_t i = 0; i < visible.size(); ++i)
    if (!binding_.tensors[i].constant) visible[i].data = nullptr;
  for (ke_tensor& output : hidden_outputs) output.data = nullptr;
  ke_call bare = call_;
  bare.inputs = visible.data();
  bare.outputs = hidden_outputs.data();

  int setup_code = 0;
  if (setup_) setup_code = setup_(&bare, &call_.state);
  for (ke_tensor& input : visible) input.data = nullptr;
  bare.state = call_.state;
  const uint64_t bytes = workspace_bytes_ ? workspace_bytes_(&bare) : 0;
  Json bases = Json::array();
  for (const GuardedMapping& mapping : mappings_)
    bases.push_back(reinterpret_cast<uint64_t>(mapping.base()));
  return {{"ok", true},
          {"setup_code", setup_code},
          {"workspace_bytes", bytes},
          {"bases", std::move(bases)}};
}

Json Runner::MapWorkspace(const Json& request) {
  auto place = PlacementFromJson(GetMember(request, "place"));
  if (!place) return Failed(place.error().message);
  workspace_.~GuardedMapping();
  new (&workspace_) GuardedMapping();
  if (Status mapped = workspace_.Map(kWorkspaceFd, *place, true); !mapped)
    return Failed(mapped.error().message);
  call_.workspace = place->bytes ? workspace_.payload() : nullptr;
  call_.workspace_bytes = place->bytes;
  return {{"ok", true}, {"base", reinterpret_cast<uint64_t>(workspace_.base())}};
}

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// A call from another place than the others, and deeper in the stack. Calls of every
// purpose come from either, so that who looks at where it was called from learns nothing
// of why.
__attribute__((noinline, noipa)) int CallFromElsewhere(RunFunction run,
                                                       const ke_call* call) {
  volatile uint64_t deeper[72];
  deeper[0] = reinterpret_cast<uint64_t>(call);
  const int code = run(call);
  return deeper[0] ? code : 0;
}

// About every other call, whatever it is for.
bool IsFromElsewhere(uint32_t sequence) {
  constexpr uint32_t kGolden = 0x9e37'79b1;
  return sequence * kGolden >> 31;
}

void Runner::RunOnce() {
  SetDefaultFpEnvironment();
  const int64_t start = NowNs();
  const int code = IsFromElsewhere(served_) ? CallFromElsewhere(run_, &call_)
                                            : run_(&call_);
  // Streamed stores become visible to others in no order of their own.
  __builtin_ia32_sfence();
  mailbox_->claimed_ns.store(NowNs() - start, std::memory_order_relaxed);
  mailbox_->return_code.store(code, std::memory_order_relaxed);
  mailbox_->mxcsr.store(ReadMxcsr(), std::memory_order_relaxed);
  mailbox_->x87_control.store(ReadX87Control(), std::memory_order_relaxed);
}

void Runner::ServeMailbox() {
  // After this many empty turns the judge is busy elsewhere: stop burning.
  constexpr int kSpinTurns = 2'000'000;
  int idle_turns = 0;
  while (true) {
    const uint32_t sequence = mailbox_->sequence.load(std::memory_order_acquire);
    if (sequence == served_) {
      mailbox_->heartbeat.fetch_add(1, std::memory_order_relaxed);
      __builtin_ia32_pause();
      if (++idle_turns > kSpinTurns) {
        const timespec nap{0, 50'000};
        nanosleep(&nap, nullptr);
      }
      continue;
    }
    idle_turns = 0;
    served_ = sequence;
    const MailboxCommand command = mailbox_->command.load();
    if (command == MailboxCommand::kRun) RunOnce();
    if (command == MailboxCommand::kLook) {
      mailbox_->timers.store(RunningTimers());
      mailbox_->handlers.store(HandlerDigest());
      mailbox_->clock_lies.store(ClockLies());
    }
    mailbox_->done.store(sequence, std::memory_order_release);
    if (command == MailboxCommand::kLeave) return;
  }
}

int Runner::Serve() {
  void* page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                    kMailboxFd, 0);
  if (page == MAP_FAILED) return 4;
  mailbox_ = static_cast<Mailbox*>(page);
  InstallFaultHandler(mailbox_);
  KeepFaultHandler();
  CountForks(mailbox_);
  while (true) {
    auto request = ReadFrame(kControlFd);
    if (!request) return 0;  // the judge is gone or done with us
    const std::string op = GetString(*request, "op").value_or("");
    if (op == "serve") {
      ServeMailbox();
      continue;
    }
    Json reply = op == "load"        ? Load(*request)
                 : op == "prepare"   ? Prepare(*request)
                 : op == "workspace" ? MapWorkspace(*request)
                                     : Failed("unknown request");
    if (!WriteFrame(kControlFd, reply)) return 0;
  }
}

}  // namespace

int RunnerMain(const std::vector<std::string>& arguments) {
  return Runner(arguments.empty() ? "" : arguments[0]).Serve();
}

}  // namespace kernelevolve::worker
