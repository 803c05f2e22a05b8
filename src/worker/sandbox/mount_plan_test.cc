#include "worker/sandbox/mount_plan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace kernelevolve::worker {
namespace {

using Kind = MountStep::Kind;

const MountStep* Find(const MountPlan& plan, const std::string& target) {
  const auto step = std::ranges::find(plan.steps, target, &MountStep::target);
  return step == plan.steps.end() ? nullptr : &*step;
}

MountPlan Plan(const SandboxSpec& spec) {
  auto plan = PlanMounts(spec, Identity{.host_user = geteuid()});
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : MountPlan();
}

TEST(MountPlanTest, ABuildSeesAllOfUsr) {
  SandboxSpec spec;
  spec.profile = SyscallProfile::kBuild;
  const MountPlan plan = Plan(spec);
  const MountStep* usr = Find(plan, "usr");
  ASSERT_NE(usr, nullptr);
  EXPECT_EQ(usr->kind, Kind::kBind);
  EXPECT_FALSE(usr->writable);
}

TEST(MountPlanTest, ARunSeesLibrariesOnly) {
  const MountPlan plan = Plan({});
  EXPECT_NE(Find(plan, "usr/lib"), nullptr);
  EXPECT_EQ(Find(plan, "usr/bin"), nullptr);
  EXPECT_EQ(Find(plan, "bin"), nullptr);
  EXPECT_EQ(Find(plan, "usr")->kind, Kind::kFolder);
  EXPECT_FALSE(Find(plan, "tmp") == nullptr);
}

TEST(MountPlanTest, NothingButTmpIsWritable) {
  for (const auto profile : {SyscallProfile::kBuild, SyscallProfile::kRun}) {
    SandboxSpec spec;
    spec.profile = profile;
    for (const MountStep& step : Plan(spec).steps) {
      if (step.writable) {
        EXPECT_EQ(step.target, "tmp");
      }
    }
  }
}

TEST(MountPlanTest, NothingOfPeopleIsBound) {
  SandboxSpec spec;
  spec.profile = SyscallProfile::kBuild;
  for (const MountStep& step : Plan(spec).steps)
    for (const char* folder : {"home", "root", "var", "work", "opt", "srv"})
      EXPECT_FALSE(step.target.starts_with(folder)) << step.target;
}

TEST(MountPlanTest, FoldersComeBeforeWhatIsInThem) {
  SandboxSpec spec;
  spec.binds = {{"/etc", "/a/b/c/d"}, {"/usr", "/a/b"}};
  const MountPlan plan = Plan(spec);
  const auto at = [&](const std::string& target) {
    return Find(plan, target) - plan.steps.data();
  };
  EXPECT_LT(at("a"), at("a/b"));
  EXPECT_LT(at("a/b"), at("a/b/c/d"));
}

TEST(MountPlanTest, RefusesRelativeAndAbsentPaths) {
  SandboxSpec spec;
  spec.binds = {{"etc", "/x"}};
  EXPECT_EQ(PlanMounts(spec, {}).error().code, ErrorCode::kBadInput);
  spec.binds = {{"/no/such/file", "/x"}};
  const auto plan = PlanMounts(spec, {});
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("/no/such/file"), std::string::npos);
}

TEST(MountPlanTest, GivesClosedFoldersToTheThrowAwayUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  auto closed = TempFolder::Create("mount-plan");
  auto open = TempFolder::Create("mount-plan");
  ASSERT_TRUE(closed && open);
  chmod(open->path().c_str(), 0755);
  SandboxSpec spec;
  spec.binds = {{closed->path(), "/closed"}, {open->path(), "/open"}};
  const Identity identity{
      .host_user = 12345, .host_group = 12345, .throw_away = true};
  ASSERT_TRUE(PlanMounts(spec, identity));
  struct stat info;
  stat(closed->path().c_str(), &info);
  EXPECT_EQ(info.st_uid, 12345u);
  stat(open->path().c_str(), &info);
  EXPECT_EQ(info.st_uid, 0u);
}

TEST(ToHostPathsTest, ReplacesWholePathsOnly) {
  const std::vector<SandboxBind> binds = {{"/host/w", "/ke/w"}};
  EXPECT_EQ(ToHostPaths("/ke/w", binds), "/host/w");
  EXPECT_EQ(ToHostPaths("-I/ke/w/include", binds), "-I/host/w/include");
  EXPECT_EQ(ToHostPaths("/ke/worker", binds), "/ke/worker");
  EXPECT_EQ(ToHostPaths("/ke/worker:/ke/w", binds), "/ke/worker:/host/w");
  EXPECT_EQ(ToHostPaths("/usr/bin", binds), "/usr/bin");
}

}  // namespace
}  // namespace kernelevolve::worker
