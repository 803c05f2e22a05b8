#include "worker/build/nvcc_steps.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace kernelevolve::worker {
namespace {

using Argv = std::vector<std::string>;

// What nvcc 13.0 says, shortened.
constexpr char kDryRun[] =
    R"(#$ _SPACE_= 
#$ CICC_PATH=/cuda/bin/../nvvm/bin
#$ PATH=/cuda/bin:/usr/bin
#$ INCLUDES="-I/cuda/include"  
#$ gcc -D__CUDA_ARCH_LIST__=900 -E -x c++ "/ke/build/kernel.cu" -o "/tmp/kernel.cpp4.ii" 
#$ cudafe++ --c++17 --stub_file_name "kernel.stub.c" --gen_module_id_file --module_id_file_name "/tmp/kernel.module_id" "/tmp/kernel.cpp4.ii" 
#$ gcc -D__CUDA_ARCH__=900 -E -x c++ "/ke/build/kernel.cu" -o "/tmp/kernel.cpp1.ii" 
#$ "$CICC_PATH/cicc" --c++17 --module_id_file_name "/tmp/kernel.module_id" "/tmp/kernel.cpp1.ii" -o "/tmp/kernel.ptx"
#$ ptxas -arch=sm_90a "/tmp/kernel.ptx" -o "/tmp/kernel.cubin" 
#$ fatbinary "--image3=file=/tmp/kernel.cubin" --embedded-fatbin="/tmp/kernel.fatbin.c" 
#$ gcc -c -x c++ "/tmp/kernel.cudafe1.cpp" -o "/tmp/kernel.o" 
#$ g++ "/tmp/kernel.o" -shared -o "/ke/build/kernel.so" 
)";

TEST(NvccStepsTest, AsksOnlyOneThatMakesALibrary) {
  EXPECT_EQ(DryRunArgv({"nvcc", "-shared", "k.cu"}),
            (Argv{"nvcc", "-shared", "k.cu", "--dryrun", "--keep", "--keep-dir",
                  "/tmp"}));
  EXPECT_EQ(DryRunArgv({"nvcc", "-cubin", "k.cu"}), Argv());
  EXPECT_EQ(DryRunArgv({"g++", "-shared", "k.cc"}), Argv());
}

TEST(NvccStepsTest, TakesTheDeviceHalfBesideTheHostHalf) {
  const auto script = StepsScript(kDryRun);
  ASSERT_TRUE(script);
  const char* parts[] = {
      "export _SPACE_=' '\n", "export CICC_PATH='/cuda/bin/../nvvm/bin'\n",
      "export PATH='/cuda/bin:/usr/bin'\n",
      "printf %s _b6fa28f9_9_kernel_cu_ke_run >\"/tmp/kernel.module_id\"\n",
      "{ gcc -D__CUDA_ARCH__=900 -E", "\"$CICC_PATH/cicc\"", "ptxas",
      "&& { cp \"/tmp/kernel.cubin\" /ke/build/image.cubin.part && mv ",
      "; fatbinary", ">/tmp/device.out 2>/tmp/device.err &\ndevice=$!\n",
      "gcc -D__CUDA_ARCH_LIST__=900 -E", "cudafe++", "|| exit\n",
      "wait $device\n", "cat /tmp/device.err >&2\n",
      "[ $status = 0 ] || exit $status\n", "gcc -c", "g++"};
  size_t at = 0;
  for (const char* part : parts) {
    at = script->find(part, at);
    ASSERT_NE(at, script->npos) << part << " in\n" << *script;
  }
  EXPECT_EQ(script->find("--gen_module_id_file"), script->npos);
}

TEST(NvccStepsTest, QuotesWhatASettingHolds) {
  const auto script = StepsScript(std::string("#$ TOP=/it's\n") + kDryRun);
  ASSERT_TRUE(script);
  EXPECT_TRUE(script->starts_with("export TOP='/it'\\''s'\n"));
}

TEST(NvccStepsTest, LeavesStepsAloneThatItDoesNotKnow) {
  const std::string known = kDryRun;
  const auto with = [&](const char* from, const char* to) {
    return StepsScript(ReplaceAll(known, from, to));
  };
  EXPECT_FALSE(StepsScript(""));
  EXPECT_FALSE(StepsScript("nvcc fatal : no such option"));
  EXPECT_FALSE(StepsScript(known + "#$ nvlink -arch=sm_90a\n")) << "one more";
  EXPECT_FALSE(with("#$ ptxas", "#$ ptxjit")) << "another program";
  EXPECT_FALSE(with("--gen_module_id_file", "")) << "no module id to spare";
  EXPECT_FALSE(with("/tmp/kernel.module_id\" \"/tmp/kernel.cpp1", "/tmp/x\" \"y"))
      << "another module id";
  EXPECT_FALSE(with("/ke/build/", "/host/")) << "without a sandbox, /tmp is shared";
}

}  // namespace
}  // namespace kernelevolve::worker
