#include "llm/url.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(UrlTest, Parts) {
  const auto url = Url::Parse("https://Example.com:8443/v1?a=b#frag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/v1?a=b");
  EXPECT_EQ(url->ToString(), "https://example.com:8443/v1?a=b");
  EXPECT_EQ(Url::Parse("http://[::1]:80/x")->host, "[::1]");
}

TEST(UrlTest, RefusesWhatItShould) {
  for (const char* text :
       {"", "example.com", "file:///etc/passwd", "http://", "http://host:0/",
        "http://host:99999", "http://user:key@host/", "http://ho st/",
        "http://host/\r\nX: y", "gopher://x"})
    EXPECT_FALSE(Url::Parse(text)) << text;
}

TEST(UrlTest, Loopback) {
  for (const char* text : {"http://localhost:1", "http://127.0.0.1", "http://[::1]/"})
    EXPECT_TRUE(Url::Parse(text)->loopback()) << text;
  for (const char* text : {"http://127.evil.example", "http://10.0.0.1",
                           "http://localhost.example"})
    EXPECT_FALSE(Url::Parse(text)->loopback()) << text;
}

TEST(UrlTest, Locations) {
  const Url base = *Url::Parse("https://a.example/v1/chat?x=1");
  EXPECT_EQ(ResolveLocation(base, "/v2")->ToString(), "https://a.example/v2");
  EXPECT_EQ(ResolveLocation(base, "other")->ToString(),
            "https://a.example/v1/other");
  EXPECT_EQ(ResolveLocation(base, "//b.example/x")->ToString(),
            "https://b.example/x");
  EXPECT_EQ(ResolveLocation(base, "http://b.example")->ToString(),
            "http://b.example");
  EXPECT_FALSE(ResolveLocation(base, "file:///x"));
}

}  // namespace
}  // namespace kernelevolve
