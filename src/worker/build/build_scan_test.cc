#include "worker/build/build_scan.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

bool Refused(const std::string& source) { return ScanSource(source).has_value(); }

TEST(BuildScan, FilesOfOthersAreRefused) {
  EXPECT_TRUE(Refused("#include \"../secret.h\"\n"));
  EXPECT_TRUE(Refused("%: include </etc/passwd>\n"));
  EXPECT_TRUE(Refused("asm(\".incbin \\\"x\\\"\");\n"));
  EXPECT_TRUE(Refused("#include HEADER\n"));
  EXPECT_TRUE(Refused("#embed \"x\"\n"));
  EXPECT_FALSE(Refused("#include <vector>  // not ../this\n"));
}

TEST(BuildScan, ALineThatIsAllCommentIsNone) {
  EXPECT_FALSE(Refused("// A table could come by .incbin.\n"));
  EXPECT_FALSE(Refused("  //#include \"../common.h\"\n"));
}

TEST(BuildScan, BlockCommentsAreNone) {
  EXPECT_FALSE(Refused("/* #include \"../common.h\"\n   .incbin \"x\" */\nint x;\n"));
  EXPECT_FALSE(Refused("#include <vector> /* not .incbin */\n"));
  EXPECT_FALSE(Refused("int f();  /* \n#embed */ char c = '\"'; // .incbin\n"));
}

// As the compiler reads it, comments hide no directive.
TEST(BuildScan, WhatStandsBesideCommentsIsScanned) {
  EXPECT_TRUE(Refused("/* */ #include \"/secret\"\n"));
  EXPECT_TRUE(Refused("#/**/include \"/secret\"\n"));
  EXPECT_TRUE(Refused("#include /*\n*/ \"/secret\"\n"));
  EXPECT_TRUE(Refused("# /*\n*/ embed \"x\"\n"));
  EXPECT_TRUE(Refused("asm(\"/* .incbin x */\");\n"));
  EXPECT_TRUE(Refused("// /*\n#include \"/secret\"\n// */\n"));
  EXPECT_TRUE(Refused("/*/ */ asm(\".incbin x\"); /* */\n"));
}

// What looks like a comment there is code, or may be.
TEST(BuildScan, CommentsThatMayBeCodeAreScanned) {
  EXPECT_TRUE(Refused("asm(\"x\\\n// .incbin y\");\n"));
  EXPECT_TRUE(Refused("asm(\"x\\ \f\n// .incbin y\");\n"));
  EXPECT_TRUE(Refused("asm(R\"(\n// .incbin y\n)\");\n"));
  EXPECT_TRUE(Refused("#if 0\nit's /*\n#endif\n#include \"/secret\"\n// */\n"));
  EXPECT_TRUE(Refused("#include <x//../../secret>\n"));
  EXPECT_TRUE(Refused("/\\\f\n/ /*\n#include \"/secret\"\n"));
  EXPECT_TRUE(Refused("char c = '\\'', d = '\"'; /* \" */\n"
                      "// \"\nasm(\".incbin x\"); /*'*/\n"));
  EXPECT_TRUE(Refused("#if 0\n#include <a/*b>\n#endif\n#include \"/secret\"\n/* */\n"));
  EXPECT_TRUE(Refused("#pragma GCC dependency <a/*b>\n#embed \"x\"\n/* */\n"));
  EXPECT_TRUE(Refused("#include \"a\\\" /*\n#embed \"x\"\n/* */\n"));
  EXPECT_TRUE(Refused("int x = 0x1e+'0' /*'\n#embed \"x\"\n// */;\n"));
  EXPECT_TRUE(Refused("/?\?/\n/ /*\n#embed \"x\"\n// */\n"));
}

}  // namespace
}  // namespace kernelevolve::worker
