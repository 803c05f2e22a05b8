#include "llm/redirect.h"

#include <gtest/gtest.h>

#include "llm/testing/fake_transport.h"

namespace kernelevolve {
namespace {

class RedirectTest : public testing::Test {
 protected:
  RedirectTest() {
    request_.url = "https://a.example/v1";
    request_.credentials.emplace_back("Authorization: Bearer ", Secret("k"));
  }
  void To(const std::string& location, int status = 307) {
    transport_.Answer(status, "moved", {{"location", location}});
  }
  HttpResult Post() {
    return PostFollowing(transport_, request_, nullptr, stop_);
  }

  FakeTransport transport_;
  HttpRequest request_;
  StopCondition stop_;
};

TEST_F(RedirectTest, SameOriginKeepsTheKey) {
  To("/v2", 308);
  transport_.Answer(200, "ok");
  ASSERT_TRUE(Post());
  EXPECT_EQ(transport_.requests()[1].url, "https://a.example/v2");
  EXPECT_EQ(transport_.requests()[1].credentials.size(), 1u);
}

TEST_F(RedirectTest, AnotherOriginLosesItForGood) {
  To("https://b.example/x");
  To("https://a.example/back");
  transport_.Answer(200, "ok");
  ASSERT_TRUE(Post());
  EXPECT_TRUE(transport_.requests()[1].credentials.empty());
  EXPECT_TRUE(transport_.requests()[2].credentials.empty());
}

TEST_F(RedirectTest, AnotherPortIsAnotherOrigin) {
  To("https://a.example:8443/v1");
  transport_.Answer(200, "ok");
  ASSERT_TRUE(Post());
  EXPECT_TRUE(transport_.requests()[1].credentials.empty());
}

TEST_F(RedirectTest, NeverFromHttpsToHttp) {
  To("http://a.example/v1");
  EXPECT_FALSE(Post());
  EXPECT_EQ(transport_.requests().size(), 1u);
}

TEST_F(RedirectTest, NotForEver) {
  for (int i = 0; i < 4; ++i) To("/again");
  const HttpResult result = Post();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, HttpFailure::kBadUrl);
  EXPECT_EQ(transport_.requests().size(), 4u);
}

TEST_F(RedirectTest, ToAFileIsNotFollowed) {
  To("file:///etc/passwd", 302);
  EXPECT_FALSE(Post());
  EXPECT_EQ(transport_.requests().size(), 1u);
}

}  // namespace
}  // namespace kernelevolve
