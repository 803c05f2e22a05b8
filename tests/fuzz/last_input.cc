#include "last_input.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#if defined(__SANITIZE_ADDRESS__)
#define KE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KE_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef KE_ADDRESS_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

// Read by the sanitizers' libraries as they start: what they find ends the
// process by abort(), also where the compiler was told to go on.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "abort_on_error=1:detect_leaks=1:"
         "hard_rss_limit_mb=4096";
}
extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() {
  return "abort_on_error=1:halt_on_error=1:print_stacktrace=1";
}

namespace kernelevolve::fuzz {
namespace {

// A signal handler can be handed nothing.
struct LastInput {
  const char* target = "";
  uint64_t number = 0, seed = 0;
} last;

void Tell(int signal) {
  char text[200];
  const int length = std::snprintf(
      text, sizeof text, "fuzz: %s: target %s, --seed %llu --from %llu\n",
      signal == SIGALRM ? "HANG" : "CRASH", last.target,
      static_cast<unsigned long long>(last.seed),
      static_cast<unsigned long long>(last.number));
  (void)!::write(STDERR_FILENO, text, static_cast<size_t>(length));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

void NameTheInputThatKills(uint64_t seed) {
  last.seed = seed;
  ::signal(SIGABRT, Tell);
  ::signal(SIGALRM, Tell);
}

void Trying(const char* target, uint64_t number) {
  last.target = target;
  last.number = number;
  ::alarm(kHangSeconds);
}

bool LeaksFound() {
  ::alarm(0);
#ifdef KE_ADDRESS_SANITIZER
  return __lsan_do_recoverable_leak_check() != 0;
#else
  return false;
#endif
}

const char* SanitizerSeen() {
#ifdef KE_ADDRESS_SANITIZER
  return "address";
#else
  return "none";
#endif
}

}  // namespace kernelevolve::fuzz
