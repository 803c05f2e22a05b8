#include "llm/curl_transport.h"

#include <curl/curl.h>

#include <charconv>

#include "base/format.h"
#include "base/text.h"
#include "llm/url.h"

namespace kernelevolve {
namespace {

// No server needs more, and a hostile one shall not fill our memory.
constexpr size_t kHeaderLimit = 64 << 10;
// How late a stop or a deadline is noticed at most.
constexpr int kSliceMs = 100;

struct Deleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

bool IsConnectFailure(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return true;
    default:
      return false;
  }
}

// One POST: its handle, what has come so far, when. Used by one thread.
class Transfer {
 public:
  Transfer(const HttpRequest& request, const BodySink& sink, const Clock& clock)
      : request_(request),
        sink_(sink),
        clock_(clock),
        easy_(curl_easy_init()),
        multi_(curl_multi_init()),
        start_(clock.Now()),
        last_byte_(start_) {}
  ~Transfer() {
    if (added_) curl_multi_remove_handle(multi_.get(), easy_.get());
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  HttpResult Run(const StopCondition& stop) {
    if (!Prepare()) return Failed(HttpFailure::kBadUrl, "libcurl refused");
    while (true) {
      int running = 0;
      if (curl_multi_perform(multi_.get(), &running) != CURLM_OK)
        return Failed(HttpFailure::kBroken, "libcurl failed");
      if (running == 0) return Finished();
      if (stop.requested())
        return Failed(HttpFailure::kCancelled, "cancelled");
      if (const char* late = Overdue())
        return Failed(HttpFailure::kTimeout, late);
      curl_multi_poll(multi_.get(), nullptr, 0, kSliceMs, nullptr);
    }
  }

 private:
  bool Prepare() {
    if (!easy_ || !multi_ || !AddHeaders()) return false;
    const auto set = [this](CURLoption option, auto value) {
      return curl_easy_setopt(easy_.get(), option, value) == CURLE_OK;
    };
    const Result<Url> url = Url::Parse(request_.url);
    if (!url) return false;
    const bool ready =
        set(CURLOPT_URL, request_.url.c_str()) &&
        set(CURLOPT_PROTOCOLS_STR, "http,https") && set(CURLOPT_POST, 1L) &&
        set(CURLOPT_POSTFIELDSIZE_LARGE,
            static_cast<curl_off_t>(request_.body.size())) &&
        set(CURLOPT_POSTFIELDS, request_.body.data()) &&
        set(CURLOPT_HTTPHEADER, headers_.get()) &&
        set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_NOSIGNAL, 1L) &&
        set(CURLOPT_CONNECTTIMEOUT_MS,
            static_cast<long>(request_.deadlines.connect.count())) &&
        set(CURLOPT_ERRORBUFFER, error_text_) &&
        set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader) &&
        set(CURLOPT_HEADERDATA, this) &&
        set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody) &&
        set(CURLOPT_WRITEDATA, this) &&
        (!url->loopback() || set(CURLOPT_PROXY, ""));
    added_ = ready &&
             curl_multi_add_handle(multi_.get(), easy_.get()) == CURLM_OK;
    return added_;
  }

  bool AddHeader(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (!longer) return false;
    // The list grew at its end: its head is ours already, or new.
    static_cast<void>(headers_.release());
    headers_.reset(longer);
    return true;
  }

  bool AddHeaders() {
    // Waiting for "100 Continue" costs a second where a server sends none.
    bool ready = AddHeader("Expect:");
    for (const std::string& line : request_.headers)
      ready = ready && AddHeader(line);
    for (const auto& [prefix, key] : request_.credentials)
      ready = ready && AddHeader(prefix + key.Reveal());
    return ready;
  }

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->TakeHeader({data, size * count});
  }
  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->TakeBody({data, size * count});
  }

  size_t TakeHeader(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kHeaderLimit) {
      too_large_ = true;
      return 0;
    }
    HttpHead& head = reply_.head;
    if (line.starts_with("HTTP/")) {
      head = {};
      const size_t blank = line.find(' ');
      if (blank != std::string_view::npos)
        std::from_chars(line.data() + blank + 1, line.data() + line.size(),
                        head.status);
    } else if (const size_t colon = line.find(':');
               colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      head.headers[name] = std::string(Trim(line.substr(colon + 1)));
    }
    return line.size();
  }

  // Anything but the size tells libcurl to end the transfer.
  size_t TakeBody(std::string_view piece) {
    last_byte_ = clock_.Now();
    const size_t room = request_.body_limit - reply_.body.size();
    too_large_ = piece.size() > room;
    reply_.body += piece.substr(0, room);
    if (too_large_) return 0;
    enough_ = sink_ && !sink_(reply_.head, piece);
    return enough_ ? 0 : piece.size();
  }

  // What took too long, or null.
  const char* Overdue() const {
    const Clock::TimePoint now = clock_.Now();
    const HttpDeadlines& limits = request_.deadlines;
    if (now - start_ > limits.total) return "the answer took too long";
    if (reply_.body.empty())
      return now - start_ > limits.first_byte ? "no answer came" : nullptr;
    return now - last_byte_ > limits.idle ? "the answer stalled" : nullptr;
  }

  HttpResult Finished() {
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    const CURLcode code = message ? message->data.result : CURLE_RECV_ERROR;
    if (code == CURLE_OK || enough_) return std::move(reply_);
    if (too_large_)
      return Failed(HttpFailure::kTooLarge,
                    format("the answer is larger than {} bytes",
                           request_.body_limit));
    const std::string text =
        error_text_[0] ? error_text_ : curl_easy_strerror(code);
    if (code == CURLE_OPERATION_TIMEDOUT)
      return Failed(HttpFailure::kTimeout, text);
    return Failed(IsConnectFailure(code) ? HttpFailure::kConnect
                                         : HttpFailure::kBroken,
                  text);
  }

  HttpResult Failed(HttpFailure kind, std::string message) {
    curl_off_t before_transfer = 0;
    if (added_)
      curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T,
                        &before_transfer);
    return tl::unexpected<HttpError>(HttpError{
        kind, std::move(message), before_transfer > 0, std::move(reply_)});
  }

  const HttpRequest& request_;
  const BodySink& sink_;
  const Clock& clock_;
  std::unique_ptr<curl_slist, Deleter> headers_;
  char error_text_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, Deleter> easy_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  bool added_ = false;
  Clock::TimePoint start_, last_byte_;
  HttpReply reply_;
  size_t header_bytes_ = 0;
  bool too_large_ = false, enough_ = false;
};

}  // namespace

Result<std::unique_ptr<CurlTransport>> CurlTransport::Create(
    const Clock& clock) {
  // Counted and, since 7.84, thread-safe: the destructor undoes it.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return Broken("cannot initialise libcurl");
  return std::unique_ptr<CurlTransport>(new CurlTransport(clock));
}

CurlTransport::~CurlTransport() { curl_global_cleanup(); }

HttpResult CurlTransport::Post(const HttpRequest& request, const BodySink& sink,
                               const StopCondition& stop) {
  return Transfer(request, sink, clock_).Run(stop);
}

}  // namespace kernelevolve
