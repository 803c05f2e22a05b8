#include "worker/gpu/judge/torch_panel.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::minutes;

// A whole network is compiled by one thread; max-autotune times every choice.
minutes PrepareLimit(const MemberSpec& member) {
  return member.kind == MemberSpec::Kind::kCompileMaxAutotune ? minutes(8)
                                                              : minutes(4);
}

// What names a shape's binding: two shapes of one name never meet in a task.
std::string BindingName(const ShapeCase& shape) { return shape.name; }

}  // namespace

Result<std::unique_ptr<TorchPanel>> TorchPanel::Create(
    const TorchPanelOptions& options, const Task& task, TaskMemory& memory) {
  std::unique_ptr<TorchPanel> panel(new TorchPanel(options, task));
  TorchPanel& self = *panel;
  const Status started = self.oracle_thread_.Ask([&]() -> Status {
    ASSIGN_OR_RETURN(self.oracle_, self.StartProcess("oracle", memory));
    return {};
  }).get();
  if (!started) return Fail(started.error());
  self.facts_ = self.oracle_->facts();
  self.AddMembers();
  return panel;
}

TorchPanel::~TorchPanel() {
  for (const auto& member : members_)
    if (member->thread)
      member->thread->Ask([&] { member->process.reset(); return 0; }).get();
  oracle_thread_.Ask([this] { oracle_.reset(); return 0; }).get();
}

void TorchPanel::AddMembers() {
  const auto add = [&](MemberSpec spec) {
    auto member = std::make_unique<Member>();
    member->spec = std::move(spec);
    member->spec.precision = TorchPrecision(task_);
    members_.push_back(std::move(member));
  };
  using Kind = MemberSpec::Kind;
  add({.name = "eager", .kind = Kind::kEager});
  for (const BaselineSpec& baseline : task_.baselines)
    if (!baseline.torch.empty())
      add({.name = baseline.name, .kind = Kind::kFile,
           .source = task_.files.at(baseline.torch)});
  add({.name = "compile", .kind = Kind::kCompile});
  add({.name = "compile_max_autotune", .kind = Kind::kCompileMaxAutotune});
}

const std::string& TorchPanel::name(size_t member) const {
  return members_[member]->spec.name;
}

size_t TorchPanel::search_size() const { return members_.size() - 1; }

Result<std::unique_ptr<TorchProcess>> TorchPanel::StartProcess(
    const std::string& name, TaskMemory& memory) const {
  TorchOptions options;
  options.scratch = options_.scratch / ("torch-" + name);
  RETURN_IF_ERROR(MakeFolders(options.scratch));
  options.log = options.scratch / "log";
  options.device = format("cuda:{}", options_.device);
  ASSIGN_OR_RETURN(auto process, TorchProcess::Start(*options_.server, options));
  RETURN_IF_ERROR(process->SetTask(task_));
  const auto lend = [&](int64_t id, const LentMemory& lent, bool writable) {
    return process->Lend(id, lent.fd(), lent.bytes(), writable);
  };
  const CacheFlush& flush = *options_.flush;
  RETURN_IF_ERROR(lend(kFlushId, flush.dirty(), true));
  if (flush.clean()) {
    RETURN_IF_ERROR(lend(kCleanId, *flush.clean(), false));
    RETURN_IF_ERROR(process->SweepWith({{kCleanId, 0}, flush.bytes(), flush.image(),
                                        flush.sweep().blocks,
                                        flush.sweep().threads}));
  }
  for (const Slot& slot : memory.inputs)
    RETURN_IF_ERROR(lend(slot.id, *slot.memory, false));
  for (const Slot& slot : memory.panel_outputs)
    RETURN_IF_ERROR(lend(slot.id, *slot.memory, true));
  return process;
}

TorchBinding TorchPanel::BindingAt(const std::string& name, const ShapeCase& shape,
                                   const TaskMemory& memory) const {
  TorchBinding binding{.name = name};
  for (size_t i = 0; i < task_.inputs.size(); ++i)
    binding.inputs.push_back({{memory.inputs[i].id, memory.inputs[i].offset},
                              task_.inputs[i].dtype,
                              Extents(task_.inputs[i], shape)});
  for (size_t i = 0; i < task_.outputs.size(); ++i)
    binding.outputs.push_back(
        {{memory.panel_outputs[i].id, memory.panel_outputs[i].offset},
         task_.outputs[i].dtype, Extents(task_.outputs[i], shape)});
  binding.attributes = task_.AttributeValues(shape);
  return binding;
}

Result<TorchRoofs> TorchPanel::MeasureRoofs() {
  return oracle_thread_.Ask([this] { return oracle_->MeasureRoofs(); }).get();
}

Result<OracleReply> TorchPanel::Answer(const ShapeCase& shape, TaskMemory& memory,
                                       const std::vector<const LentMemory*>& exact) {
  return oracle_thread_.Ask([&]() -> Result<OracleReply> {
    RETURN_IF_ERROR(oracle_->Bind(BindingAt("oracle", shape, memory)));
    OracleRequest request{.binding = "oracle"};
    for (size_t i = 0; i < exact.size(); ++i) {
      const int64_t id = kFirstAnswerId + static_cast<int64_t>(i);
      RETURN_IF_ERROR(oracle_->Lend(id, exact[i]->fd(), exact[i]->bytes(), true));
      request.expected.push_back({id, 0});
      const Slot& slot = memory.panel_outputs[i];
      request.baseline.push_back({slot.id, slot.offset});
    }
    request.baseline_tf32 = TorchPrecision(task_) == "tf32";
    auto reply = oracle_->ComputeOracle(request, minutes(5));
    for (size_t i = 0; i < exact.size() && oracle_->alive(); ++i)
      RETURN_IF_ERROR(oracle_->Unlend(kFirstAnswerId + static_cast<int64_t>(i)));
    return reply;
  }).get();
}

Status TorchPanel::StartMember(Member& member,
                               const std::vector<TorchBinding>& bindings,
                               TaskMemory& memory) const {
  if (!member.process) {
    ASSIGN_OR_RETURN(member.process, StartProcess(member.spec.name, memory));
  }
  for (const TorchBinding& binding : bindings)
    RETURN_IF_ERROR(member.process->Bind(binding));
  return {};
}

Status TorchPanel::PrepareMember(Member& member, const TorchBinding& binding,
                                 std::vector<std::string>* notes) const {
  auto prepared = member.process->Prepare(
      binding.name, member.spec, PrepareLimit(member.spec), options_.abandoned);
  if (!prepared) {
    notes->push_back(format("baseline {} left out at {}: {}", member.spec.name,
                            binding.name, prepared.error().message));
    return member.process->alive() ? Status() : Fail(prepared.error());
  }
  if (!prepared->note.empty())
    notes->push_back(format("baseline {} at {}: {}", member.spec.name,
                            binding.name, prepared->note));
  member.ready.insert(binding.name);
  return {};
}

Status TorchPanel::Prepare(const std::vector<size_t>& members,
                           const std::vector<ShapeCase>& shapes,
                           const FillInputs& fill, TaskMemory& memory) {
  struct Job {
    Member* member;
    std::vector<ShapeCase> shapes;
    std::vector<TorchBinding> bindings;
    std::future<Status> started;
  };
  std::vector<std::unique_ptr<Job>> jobs;
  for (const size_t index : members) {
    Member& member = *members_[index];
    auto job = std::make_unique<Job>();
    job->member = &member;
    for (const ShapeCase& shape : shapes) {
      if (member.out || member.ready.count(BindingName(shape))) continue;
      memory.Place(task_, shape, PlacementRule::kAligned256, 0);
      job->shapes.push_back(shape);
      job->bindings.push_back(BindingAt(BindingName(shape), shape, memory));
    }
    if (job->bindings.empty()) continue;
    if (!member.thread) member.thread = std::make_unique<OwnThread>();
    jobs.push_back(std::move(job));
  }
  for (const auto& job : jobs)
    job->started = job->member->thread->Ask([this, job = job.get(), &memory] {
      return StartMember(*job->member, job->bindings, memory);
    });
  std::vector<Status> started;
  for (const auto& job : jobs) started.push_back(job->started.get());
  for (size_t i = 0; i < jobs.size(); ++i)
    RETURN_IF_ERROR(
        Finish(*jobs[i]->member, started[i], jobs[i]->shapes, fill, memory));
  return {};
}

Status TorchPanel::Finish(Member& member, const Status& started,
                          const std::vector<ShapeCase>& shapes,
                          const FillInputs& fill, TaskMemory& memory) {
  Status done = started;
  for (size_t i = 0; i < shapes.size() && done; ++i) {
    memory.Place(task_, shapes[i], PlacementRule::kAligned256, 0);
    RETURN_IF_ERROR(fill(shapes[i]));
    const TorchBinding binding = BindingAt(BindingName(shapes[i]), shapes[i], memory);
    done = member.thread->Ask([&] {
      return PrepareMember(member, binding, &notes_);
    }).get();
  }
  if (done) return {};
  member.out = true;
  member.ready.clear();
  notes_.push_back(format("baseline {} left out: {}", member.spec.name,
                          done.error().message));
  return {};
}

Status TorchPanel::PrepareUncaptured(size_t index, const ShapeCase& shape,
                                     const std::string& why, TaskMemory& memory) {
  Member& member = *members_[index];
  notes_.push_back(format("baseline {} at {} is no graph, so its time holds the "
                          "launches: {}", member.spec.name, shape.name, why));
  MemberSpec spec = member.spec;
  spec.graph = false;
  memory.PlaceForPanel(task_, shape);
  const auto prepared = member.thread->Ask([&] {
    return member.process->Prepare(BindingName(shape), spec, PrepareLimit(spec),
                                   options_.abandoned);
  }).get();
  if (!prepared) LeaveOut(index, shape, prepared.error().message);
  return {};
}

void TorchPanel::LeaveOut(size_t index, const ShapeCase& shape,
                          const std::string& why) {
  members_[index]->ready.erase(BindingName(shape));
  notes_.push_back(format("baseline {} left out at {}: {}",
                          members_[index]->spec.name, shape.name, why));
}

bool TorchPanel::Ready(size_t member, const ShapeCase& shape) const {
  return members_[member]->ready.count(BindingName(shape)) > 0;
}

Result<double> TorchPanel::Time(size_t index, const ShapeCase& shape,
                                uint64_t flush_bytes, bool keep_outputs,
                                TaskMemory& memory) {
  Member& member = *members_[index];
  std::vector<worker::LentPlace> outputs;
  if (keep_outputs)
    for (const Slot& slot : memory.panel_outputs)
      outputs.push_back({slot.id, slot.offset});
  auto time = member.thread->Ask([&] {
    return member.process->Time(BindingName(shape), member.spec.name,
                                {{kFlushId, 0}, flush_bytes}, outputs);
  }).get();
  if (!time) return Fail(time.error());
  return time->microseconds;
}

}  // namespace kernelevolve::worker::gpu
