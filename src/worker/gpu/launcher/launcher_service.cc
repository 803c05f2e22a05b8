#include "worker/gpu/launcher/launcher_service.h"

#include <algorithm>

#include "base/format.h"
#include "core/launch_plan_json.h"
#include "wire/pass_descriptor.h"
#include "worker/gpu/launcher/module_file.h"

namespace kernelevolve::worker::gpu {
namespace {

// The parent sends a descriptor right behind the frame that announces it.
constexpr int kDescriptorTimeoutMs = 5000;

const Json kDone = {{"ok", true}};

// A mistake of our own: the parent ends a launcher that says this.
Json Confused(const std::string& message) {
  return {{"ok", false}, {"message", message}};
}

struct LoadParts {
  std::vector<std::string> images;
  ShapePlan plan;
};

Result<LoadParts> ReadLoad(const Json& request, int file) {
  std::vector<uint64_t> lengths;
  for (const Json& length : GetMember(request, "modules")) {
    if (!length.is_number_integer()) return Broken("a length is no number");
    lengths.push_back(length.get<uint64_t>());
  }
  LoadParts parts;
  ASSIGN_OR_RETURN(parts.images, ReadModules(file, lengths));
  ASSIGN_OR_RETURN(LaunchPlan plan, PlanFromJson(GetMember(request, "plan")));
  if (plan.shapes.size() != 1) return Broken("a launcher takes one shape");
  parts.plan = std::move(plan.shapes[0]);
  return parts;
}

}  // namespace

Json LauncherService::Answer(const Json& request) {
  const std::string op = GetString(request, "op").value_or("");
  if (op == "lend") return Lend(request);
  if (op == "unlend") return Unlend(request);
  if (op == "allocate") return Allocate(request);
  if (op == "scrub") return Keep(request, &scrub_);
  if (op == "sweep") return Keep(request, &sweep_);
  if (op == "pause") return Keep(request, &pause_);
  if (op == "load") return Load(request);
  if (op == "load_next") return LoadNext(request);
  if (op == "bind") return Bind(request);
  if (op == "setup") return Setup();
  if (op == "run") return Run(request);
  if (op == "time") return Time(request);
  if (op == "unload") return Unload();
  return Confused("unknown request \"" + op + "\"");
}

Json LauncherService::Lend(const Json& request) {
  const auto fd = ReceiveDescriptor(socket_, kDescriptorTimeoutMs);
  if (!fd) return Confused(fd.error().message);
  const auto id = GetInteger(request, "id"), bytes = GetInteger(request, "bytes");
  const auto writable = GetBool(request, "writable");
  if (!id || !bytes || *bytes <= 0 || !writable)
    return Confused("a loan that is not described");
  lent_.erase(static_cast<int>(*id));
  auto memory = BorrowedMemory::Import(driver_, device_, fd->get(),
                                       static_cast<uint64_t>(*bytes),
                                       *writable ? kMemReadWrite : kMemRead);
  if (!memory) return Confused(memory.error().message);
  lent_[static_cast<int>(*id)] = *std::move(memory);
  return kDone;
}

Json LauncherService::Unlend(const Json& request) {
  const auto id = GetInteger(request, "id");
  if (!id || lent_.erase(static_cast<int>(*id)) == 0)
    return Confused("no such loan");
  return kDone;
}

Json LauncherService::Allocate(const Json& request) {
  const auto read = AllocateRequestFromJson(request);
  if (!read) return Confused(read.error().message);
  Fd file;
  if (read->filled) {
    auto received = ReceiveDescriptor(socket_, kDescriptorTimeoutMs);
    if (!received) return Confused(received.error().message);
    file = *std::move(received);
  }
  own_.erase(read->id);
  CuAddress address = 0;
  const CuResult code =
      driver_.MemAlloc(&address, std::max<uint64_t>(read->bytes, 1));
  if (code != kCudaSuccess)
    return Report("bind", {code, format("{} bytes of our own", read->bytes)});
  OwnMemory own{Allocation(driver_, address), read->bytes};
  if (const Status filled = FillOwn(*read, file.get(), address); !filled)
    return Confused(filled.error().message);
  own_[read->id] = std::move(own);
  return kDone;
}

Status LauncherService::FillOwn(const AllocateRequest& request, int file,
                                CuAddress to) {
  if (request.bytes == 0) return {};
  const auto check = [&](CuResult code) -> Status {
    if (code == kCudaSuccess) return {};
    return Fail(ToError(driver_, {code, "filling memory of our own"}));
  };
  if (request.filled) {
    ASSIGN_OR_RETURN(const auto contents, ReadModules(file, {request.bytes}));
    return check(driver_.MemcpyHtoD(to, contents[0].data(), request.bytes));
  }
  if (!request.copy_of) return {};
  ASSIGN_OR_RETURN(const CuAddress from, Find(*request.copy_of));
  if (const auto reached = streams_.Reach(0); !reached)
    return Fail(ToError(driver_, reached.error()));
  RETURN_IF_ERROR(check(driver_.MemcpyDtoDAsync(to, from, request.bytes,
                                                streams_.at(0))));
  return check(driver_.StreamSynchronize(streams_.at(0)));
}

Json LauncherService::Keep(const Json& request,
                           std::optional<PlanExecutor>* kept) {
  const auto file = ReceiveDescriptor(socket_, kDescriptorTimeoutMs);
  if (!file) return Confused(file.error().message);
  kept->reset();
  auto parts = ReadLoad(request, file->get());
  if (!parts) return Confused(parts.error().message);
  const auto places = PlacesFromJson(request, "inputs");
  if (!places) return Confused(places.error().message);
  auto inputs = FindAll(*places);
  if (!inputs) return Confused(inputs.error().message);
  Binding binding;
  binding.inputs = *std::move(inputs);
  PlanExecutor& executor = kept->emplace(driver_, streams_);
  auto ready = executor.Load(parts->images, std::move(parts->plan));
  if (ready)
    if (const auto bound = executor.Bind(binding); !bound)
      ready = tl::unexpected<CudaError>(bound.error());
  if (ready) return kDone;
  kept->reset();
  return Report("load", ready.error());
}

std::optional<Json> LauncherService::IssueScrub() {
  if (!scrub_) return std::nullopt;
  const auto issued = scrub_->IssueCall();
  if (issued) return std::nullopt;
  if (IsSticky(issued.error().code)) return Report("run", issued.error());
  return Confused("scrubbing: " + driver_.Describe(issued.error().code));
}

Json LauncherService::LoadNext(const Json& request) {
  bound_ = false;
  if (!executor_) return Confused("another shape before the first");
  auto plan = PlanFromJson(GetMember(request, "plan"));
  if (!plan || plan->shapes.size() != 1)
    return Confused("a launcher takes one shape");
  const auto loaded = executor_->LoadNext(std::move(plan->shapes[0]));
  if (loaded) return kDone;
  executor_.reset();
  return Report("load", loaded.error());
}

Json LauncherService::Load(const Json& request) {
  const auto file = ReceiveDescriptor(socket_, kDescriptorTimeoutMs);
  if (!file) return Confused(file.error().message);
  Unload();
  auto parts = ReadLoad(request, file->get());
  if (!parts) return Confused(parts.error().message);
  executor_.emplace(driver_, streams_);
  const auto loaded = executor_->Load(parts->images, std::move(parts->plan));
  if (!loaded) {
    executor_.reset();
    return Report("load", loaded.error());
  }
  return kDone;
}

Json LauncherService::Unload() {
  executor_.reset();
  bound_ = false;
  return kDone;
}

Json LauncherService::Bind(const Json& request) {
  if (!executor_) return Confused("bind before load");
  const auto read = BindRequestFromJson(request);
  if (!read) return Confused(read.error().message);
  auto inputs = FindAll(read->inputs), outputs = FindAll(read->outputs);
  if (!inputs) return Confused(inputs.error().message);
  if (!outputs) return Confused(outputs.error().message);
  Binding binding{*std::move(inputs), *std::move(outputs), 0, read->poison,
                  read->graph};
  if (read->workspace) {
    const auto workspace = Find(*read->workspace);
    if (!workspace) return Confused(workspace.error().message);
    binding.workspace = *workspace;
  }
  bound_ = false;
  const auto bound = executor_->Bind(binding);
  if (!bound) return Report("bind", bound.error());
  bound_ = true;
  return {{"ok", true},
          {"how", bound->graph ? "graph" : "stream"},
          {"why", bound->why}};
}

Json LauncherService::Setup() {
  if (!bound_) return Confused("setup before bind");
  const auto done = executor_->Setup();
  if (!done) return Report("setup", done.error());
  return kDone;
}

Json LauncherService::Run(const Json& request) {
  if (!bound_) return Confused("run before bind");
  const auto read = RunRequestFromJson(request);
  if (!read) return Confused(read.error().message);
  if (auto failed = IssueScrub()) return *std::move(failed);
  std::vector<PlanExecutor::Span> wiped;
  for (const LentSpan& span : read->wiped) {
    const auto address = FindWritable(span);
    if (!address) return Confused(address.error().message);
    wiped.push_back({*address, span.bytes});
  }
  const auto host_ns = executor_->Run(read->poison, read->calls, wiped);
  if (!host_ns) return Report("run", host_ns.error());
  return {{"ok", true}, {"host_ns", *host_ns}};
}

Json LauncherService::Time(const Json& request) {
  const auto read = TimeRequestFromJson(request);
  if (!read) return Confused(read.error().message);
  if (!read->empty && !bound_) return Confused("time before bind");
  const auto flush = FindFlush(*read);
  if (!flush) return Confused(flush.error().message);
  if (const auto made = EnsureTimer(); !made)
    return Report("time", made.error());
  const auto samples =
      read->empty ? timer_->TimeEmpty(*flush, read->repeat)
                  : timer_->Time(*flush, read->repeat,
                                 [&] { return executor_->IssueCall(); });
  if (!samples) return Report("time", samples.error());
  return {{"ok", true}, {"samples", ToJson(*samples)}};
}

CudaStatus LauncherService::EnsureTimer() {
  if (timer_) return {};
  RETURN_IF_CUDA_ERROR(streams_.Reach(0));
  ASSIGN_OR_RETURN_CUDA(timer_, CallTimer::Make(driver_, streams_.at(0)));
  return {};
}

Result<CallTimer::Flush> LauncherService::FindFlush(const TimeRequest& request) {
  CallTimer::Flush flush{.reset_persisting = request.reset_persisting,
                         .settle = request.settled};
  std::optional<PlanExecutor>& lead = request.flush ? sweep_ : pause_;
  if (lead) flush.lead = [&lead] { return lead->IssueCall(); };
  if (!request.flush) return flush;
  if (scrub_) flush.scrub = [this] { return scrub_->IssueCall(); };
  ASSIGN_OR_RETURN(flush.address,
                   FindWritable({*request.flush, request.flush_bytes}));
  flush.bytes = request.flush_bytes;
  return flush;
}

Result<CuAddress> LauncherService::FindWritable(const LentSpan& span) const {
  ASSIGN_OR_RETURN(const CuAddress address, Find(span.place));
  const auto lent = lent_.find(span.place.id);
  if (lent == lent_.end()) return Broken("what is to be written is no loan");
  const BorrowedMemory& memory = *lent->second;
  if (!memory.writable() || span.bytes > memory.bytes() - span.place.offset)
    return Broken("what is to be written does not fit its memory");
  return address;
}

Result<CuAddress> LauncherService::Find(const LentPlace& place) const {
  if (const auto own = own_.find(place.id); own != own_.end()) {
    if (place.offset <= own->second.bytes)
      return own->second.memory.get() + place.offset;
    return Broken(format("{} bytes of our own are too few", own->second.bytes));
  }
  const auto found = lent_.find(place.id);
  if (found == lent_.end()) return Broken(format("no loan {}", place.id));
  if (place.offset > found->second->bytes())
    return Broken(format("loan {} has {} bytes; {} were skipped", place.id,
                         found->second->bytes(), place.offset));
  return found->second->address() + place.offset;
}

Result<std::vector<CuAddress>> LauncherService::FindAll(
    const std::vector<LentPlace>& places) const {
  std::vector<CuAddress> addresses;
  for (const LentPlace& place : places) {
    ASSIGN_OR_RETURN(const CuAddress address, Find(place));
    addresses.push_back(address);
  }
  return addresses;
}

Json LauncherService::Report(const std::string& stage, const CudaError& error) {
  CudaError shown = error;
  // A kernel that ran before may be what failed: the context says so.
  const CuResult state = driver_.CtxSynchronize();
  if (state != kCudaSuccess && !IsSticky(shown.code)) shown.code = state;
  lost_ = state != kCudaSuccess || IsSticky(error.code);
  return ToJson(CudaReport{stage, shown.code, driver_.Name(shown.code),
                           shown.what, lost_});
}

}  // namespace kernelevolve::worker::gpu
