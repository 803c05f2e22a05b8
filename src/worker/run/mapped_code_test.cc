#include "worker/run/mapped_code.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(MappedCode, FilesWithCodeAreNamedOnce) {
  EXPECT_EQ(CodeFiles("5581-5582 r--p 0000 08:01 11   /ke/worker\n"
                      "5582-5583 r-xp 1000 08:01 11   /ke/worker\n"
                      "5583-5584 r-xp 3000 08:01 11   /ke/worker\n"
                      "7f00-7f01 rwxp 0000 00:00 0 \n"
                      "7f01-7f02 r--p 0000 08:01 12   /usr/lib/libdata.so\n"
                      "7f02-7f03 r-xp 0000 08:01 13   /usr/lib/lib a.so.0\n"
                      "7f03-7f04 rw-s 0000 00:01 14   /memfd:x (deleted)\n"
                      "7f04-7f05 r-xp 0000 00:00 0    [vdso]\n"),
            (std::vector<std::string>{"/ke/worker", "/usr/lib/lib a.so.0"}));
  EXPECT_EQ(CodeFiles("7f00-7f01 r-xp 0 08:01 1  /bin/worker (deleted)\n"),
            (std::vector<std::string>{"/bin/worker"}));
  EXPECT_TRUE(CodeFiles("").empty());
  EXPECT_TRUE(CodeFiles("7f02-7f03 r\n/\n \n").empty());
}

TEST(MappedCode, AFewNamesTheLastFirst) {
  EXPECT_EQ(NameFew({"/usr/lib/libblas.so.3"}), "libblas.so.3");
  EXPECT_EQ(NameFew({"/lib/libquadmath.so.0", "/lib/libgfortran.so.5",
                     "/lib/openblas/libopenblasp.so"}),
            "libopenblasp.so, libgfortran.so.5, libquadmath.so.0");
  EXPECT_EQ(NameFew({"/a", "/b", "/c", "/d", "/e\x1b[1m"}),
            "e[1m, d, c and 2 more");
  EXPECT_EQ(NameFew({}), "");
}

TEST(MappedCode, TheLanguagesOwnLibrariesAreKnown) {
  EXPECT_TRUE(IsRuntimeLibrary("libstdc++.so.6.0.30"));
  EXPECT_TRUE(IsRuntimeLibrary("ld-linux-x86-64.so.2"));
  EXPECT_FALSE(IsRuntimeLibrary("libopenblas.so.0"));
  EXPECT_FALSE(IsRuntimeLibrary(""));
}

}  // namespace
}  // namespace kernelevolve::worker
