// What is known only at the instant of a call: inputs that are not complete
// before it begins, and outputs as they stand when it says that it is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace kernelevolve::worker {

// Elements of inputs that hold other values until the call begins: what a
// kernel computes before its clock runs, it computes from these.
class SealedElements {
 public:
  // Some elements of a tensor trade places with others, which keeps them within
  // what the task declares.
  void Seal(uint8_t* data, int64_t count, size_t element_bytes, Random& random);
  // Puts the true values back; nothing happens if nothing is sealed.
  void Open();

 private:
  struct Element {
    uint8_t* at;
    size_t bytes;
    uint64_t value;
  };
  std::vector<Element> elements_;
};

// A few elements of the outputs, read the moment a call says that it is done:
// one that still writes then differs from them later.
class ReturnSample {
 public:
  void Clear() { elements_.clear(); }
  void Choose(const uint8_t* data, int64_t count, size_t element_bytes,
              Random& random);
  void Take();
  bool Changed() const;

 private:
  struct Element {
    const uint8_t* at;
    size_t bytes;
    uint64_t value;
  };
  bool taken_ = false;
  std::vector<Element> elements_;
};

}  // namespace kernelevolve::worker
