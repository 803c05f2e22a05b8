// Host code that no plan can hold, and host code that means harm.
#include "worker/record/testing/record_fixture.h"

namespace kernelevolve::worker::testing {
namespace {

std::string InRun(const std::string& body) {
  return "#include <unistd.h>\n#include <stdlib.h>\n"
         "extern \"C\" int ke_run(const ke_call* call) {\n" + body +
         "\n  return cudaGetLastError();\n}\n";
}

void ExpectSays(const Failure& failure, Code code, const std::string& words) {
  EXPECT_EQ(CodeName(failure.code), CodeName(code)) << failure.message;
  EXPECT_NE(failure.message.find(words), std::string::npos)
      << failure.message << "\n" << failure.log;
}

TEST_F(RecordTest, CopiesToTheHostAreRefused) {
  ExpectSays(Refusal(InRun("float v; cudaMemcpy(&v, X, 4, "
                           "cudaMemcpyDeviceToHost);")),
             Code::kContract,
             "a launch plan cannot hold cudaMemcpy device to host");
  ExpectSays(Refusal("__device__ float kSum;\n" +
                     InRun("float v; cudaMemcpyFromSymbolAsync(&v, kSum, 4, 0, "
                           "cudaMemcpyDeviceToHost, S);")),
             Code::kContract, "cudaMemcpyFromSymbolAsync device to host");
}

TEST_F(RecordTest, CopiesFromTheHostAreBounded) {
  ExpectSays(Refusal(InRun("static float v[20000]; cudaMemcpyAsync(Y, v, sizeof v, "
                           "cudaMemcpyHostToDevice, S);")),
             Code::kContract, "cudaMemcpyAsync of 80000 bytes from the host");
  ExpectSays(Refusal(InRun("static float v[4096];\n"
                           "for (int i = 0; i < 5; ++i) cudaMemcpyAsync(Y, v, "
                           "sizeof v, cudaMemcpyHostToDevice, S);")),
             Code::kContract, "copies of more than 65536 bytes from the host");
  ExpectSays(Refusal(InRun("static float v[65]; cudaMemcpy2DAsync(Y, 8, v, 4, 4, "
                           "65, cudaMemcpyHostToDevice, S);")),
             Code::kContract, "cudaMemcpy2DAsync of more than 64 rows");
}

TEST_F(RecordTest, ValuesThatDifferFromCallToCallAreRefused) {
  ExpectSays(Refusal("static int calls; __constant__ int kCall;\n" +
                     InRun("++calls; cudaMemcpyToSymbolAsync(kCall, &calls, 4, 0, "
                           "cudaMemcpyHostToDevice, S);")),
             Code::kContract, "a copy from the host: byte 0");
}

TEST_F(RecordTest, WaitingInACallIsRefused) {
  ExpectSays(Refusal(InRun("cudaStreamSynchronize(S);")), Code::kContract,
             "a launch plan cannot hold cudaStreamSynchronize in ke_run");
}

TEST_F(RecordTest, CallsThatNoPlanHoldsAreNamed) {
  ExpectSays(Refusal(InRun("cudaLaunchHostFunc(S, nullptr, nullptr);")),
             Code::kContract, "a launch plan cannot hold cudaLaunchHostFunc");
}

TEST_F(RecordTest, TexturesAreRefusedWithWhatToWriteInstead) {
  ExpectSays(Refusal(InRun("cudaResourceDesc what{};\n"
                           "what.res.linear.desc = cudaCreateChannelDesc<float>();\n"
                           "cudaTextureDesc how{}; cudaTextureObject_t made;\n"
                           "if (what.res.linear.desc.x != 32) abort();\n"
                           "cudaCreateTextureObject(&made, &what, &how, nullptr);")),
             Code::kContract, "cannot hold a texture or surface object");
}

TEST_F(RecordTest, RowsGoNoMoreToTheHostThanOthers) {
  ExpectSays(Refusal(InRun("float v[8]; cudaMemcpy2DAsync(v, 8, X, 4, 4, 2, "
                           "cudaMemcpyDeviceToHost, S);")),
             Code::kContract, "cudaMemcpy2DAsync device to host");
}

TEST_F(RecordTest, MemoryMayNotBeKeptInTheCache) {
  ExpectSays(Refusal(InRun("cudaDeviceSetLimit(cudaLimitPersistingL2CacheSize, "
                           "1 << 20);")),
             Code::kResidency, "second-level cache");
  ExpectSays(Refusal(InRun("cudaStreamAttrValue v = {};\n"
                           "cudaStreamSetAttribute(S, "
                           "cudaStreamAttributeAccessPolicyWindow, &v);")),
             Code::kResidency, "second-level cache");
  ExpectSays(Refusal(InRun("cudaDeviceSetLimit(cudaLimitStackSize, 4096);")),
             Code::kContract, "cannot hold cudaDeviceSetLimit");
}

TEST_F(RecordTest, LibrariesThatDoTheWorkAreDelegation) {
  const std::string declared =
      "extern \"C\" int cublasCreate_v2(void**);\n"
      "extern \"C\" int cudnnCreate(void**);\n";
  ExpectSays(Refusal(declared + InRun("void* h; cublasCreate_v2(&h);")),
             Code::kDelegation, "cublasCreate_v2");
}

TEST_F(RecordTest, TheDefaultStreamIsRefused) {
  ExpectSays(Refusal(InRun("Add<<<1, 32>>>(X, Y, 32, 1);")), Code::kContract,
             "use call->stream");
}

TEST_F(RecordTest, LaunchesThatNoDeviceTakesAreExplained) {
  ExpectSays(Refusal(InRun("Add<<<1, 2048, 0, S>>>(X, Y, 32, 1);")),
             Code::kLaunchFail, "a block of 2048 x 1 x 1; 1024 threads");
  ExpectSays(Refusal(InRun("Add<<<1, 32, 1 << 20, S>>>(X, Y, 32, 1);")),
             Code::kLaunchFail, "1048576 bytes of dynamic shared memory; 49152");
  ExpectSays(Refusal(InRun("Add<<<dim3(1, 65536), 32, 0, S>>>(X, Y, 32, 1);")),
             Code::kLaunchFail, "a grid of 1 x 65536 x 1; ");
  ExpectSays(Refusal(InRun("Add<<<0, 32, 0, S>>>(X, Y, 32, 1);")),
             Code::kRunFailed, "cudaErrorInvalidConfiguration");
}

TEST_F(RecordTest, ALaunchThatDependsOnAddressesIsRefused) {
  ExpectSays(Refusal(InRun("Add<<<1 + (uintptr_t)X / 16 % 3, 32, 0, S>>>"
                           "(X, Y, 32, 1);")),
             Code::kContract, "the launches differ between two recordings");
  ExpectSays(Refusal(InRun("Add<<<1, 32, 0, S>>>(X, Y, "
                           "(int)((char*)Y - (char*)X), 1);")),
             Code::kContract, "the launches differ between two recordings");
}

TEST_F(RecordTest, ALaunchThatDependsOnACounterIsRefused) {
  ExpectSays(Refusal("static int calls;\n" +
                     InRun("Add<<<++calls, 32, 0, S>>>(X, Y, 32, 1);")),
             Code::kContract, "grids of 1 x 1 x 1 and 2 x 1 x 1");
}

TEST_F(RecordTest, MemoryOfAnEarlierCallIsRefused) {
  ExpectSays(Refusal("static float* kept;\n" +
                     InRun("if (!kept) cudaMalloc(&kept, 64);\n"
                           "Add<<<1, 32, 0, S>>>(X, kept, 32, 1);")),
             Code::kContract, "allocations");
}

TEST_F(RecordTest, AFailingCallSaysWhatWentBefore) {
  ExpectSays(Refusal("extern \"C\" int ke_run(const ke_call* call) {\n"
                     "  return cudaSetDevice(3) ? 5 : 0;\n}\n"),
             Code::kRunFailed, "ke_run returned 5 after cudaErrorInvalidDevice");
}

TEST_F(RecordTest, HostCodeThatTouchesDeviceMemoryIsTold) {
  ExpectSays(Refusal(InRun("Y[0] = X[1];")), Code::kCrash,
             "host code touched input:0, which is device memory");
}

TEST_F(RecordTest, DeathsHaveTheNamesThatTheyHaveOnCpus) {
  ExpectSays(Refusal(InRun("*(volatile int*)8 = 1;")), Code::kCrash, "SIGSEGV");
  ExpectSays(Refusal(InRun("abort();")), Code::kCrash, "SIGABRT");
  ExpectSays(Refusal(InRun("_exit(3);")), Code::kEarlyExit, "code 3");
  ExpectSays(Refusal(InRun("char* all = (char*)malloc(2ull << 30);\n"
                           "for (size_t i = 0; i < 2ull << 30; i += 4096) "
                           "((volatile char*)all)[i] = 1;")),
             Code::kResource, "memory");
}

TEST_F(RecordTest, AnEndlessLoopIsStopped) {
  ExpectSays(Refusal(InRun("for (volatile int i = 0;; ++i) {}"), {},
                     std::chrono::milliseconds(500)),
             Code::kTimeout, "within 0.5 s");
}

TEST_F(RecordTest, OtherProgramsAreOutOfReach) {
  ExpectSays(Refusal(InRun("char* no[] = {nullptr};\n"
                           "execve(\"/usr/bin/true\", no, no);")),
             Code::kSandbox, "system call");
  // A fork fails, and its author may look at that.
  const ShapePlan& plan =
      Plan(InRun("if (fork() >= 0) return 9;\nAdd<<<1, 32, 0, S>>>(X, Y, 1, 1);"));
  EXPECT_EQ(plan.run.size(), 1u);
}

TEST_F(RecordTest, NoiseInTheChannelIsForgery) {
  ExpectSays(Refusal(InRun("write(3, \"\\x04\\0\\0\\0oops\", 8);")),
             Code::kResultForgery, "of its own");
}

TEST_F(RecordTest, AForgedPlanIsHeldToItsModules) {
  ExpectSays(
      Refusal(InRun("const char t[] = \"{\\\"ok\\\":true,\\\"plan\\\":1}\";\n"
                    "int n = sizeof t - 1;\n"
                    "write(3, &n, 4); write(3, t, n); _exit(0);")),
      Code::kResultForgery, "the recorder's answer is not its own");
}

}  // namespace
}  // namespace kernelevolve::worker::testing
