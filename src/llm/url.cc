#include "llm/url.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

int DefaultPort(const std::string& scheme) {
  return scheme == "https" ? 443 : 80;
}

// "host", "host:8080", "[::1]:8080"
Status ParseAuthority(std::string_view authority, Url& url) {
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos &&
      (bracket == std::string_view::npos || colon > bracket);
  url.host = Lower(has_port ? authority.substr(0, colon) : authority);
  url.port = DefaultPort(url.scheme);
  if (url.host.empty()) return BadInput("a URL without a host");
  if (!has_port) return {};
  const std::string_view digits = authority.substr(colon + 1);
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, url.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || url.port < 1 ||
      url.port > 65535)
    return BadInput("a URL with a bad port");
  return {};
}

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
  Url url;
  const size_t slashes = text.find("://");
  if (slashes != std::string_view::npos)
    url.scheme = Lower(text.substr(0, slashes));
  if (url.scheme != "http" && url.scheme != "https")
    return BadInput("a URL begins with http:// or https://");
  if (!std::all_of(text.begin(), text.end(), IsPlain))
    return BadInput("a URL holds no blanks and no control characters");
  const std::string_view rest = text.substr(slashes + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  // It would stand in logs and process lists.
  if (rest.substr(0, end).find('@') != std::string_view::npos)
    return BadInput("a URL holds no user name or password; see --key-file");
  RETURN_IF_ERROR(ParseAuthority(rest.substr(0, end), url));
  url.path = rest.substr(end, rest.find('#') - end);
  return url;
}

std::string Url::ToString() const {
  const std::string at = port == DefaultPort(scheme) ? "" : format(":{}", port);
  return format("{}://{}{}{}", scheme, host, at, path);
}

bool Url::loopback() const {
  if (host == "localhost" || host == "[::1]") return true;
  // "127.evil.example" begins like an address and is none.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

Result<Url> ResolveLocation(const Url& base, std::string_view location) {
  location = Trim(location);
  if (location.starts_with("//"))
    return Url::Parse(format("{}:{}", base.scheme, location));
  if (location.find("://") != std::string_view::npos)
    return Url::Parse(location);
  const std::string root = Url{base.scheme, base.host, base.port, ""}.ToString();
  if (location.starts_with('/')) return Url::Parse(format("{}{}", root, location));
  const std::string path = base.path.substr(0, base.path.find('?'));
  return Url::Parse(
      format("{}{}/{}", root, path.substr(0, path.rfind('/')), location));
}

}  // namespace kernelevolve
