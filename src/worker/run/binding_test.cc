#include "worker/run/binding.h"

#include <gtest/gtest.h>

#include <limits>

namespace kernelevolve::worker {
namespace {

Binding SomeBinding() {
  Binding binding;
  TensorBinding weight;
  weight.descriptor = 6;
  weight.place = Place(400, 4, PlacementRule::kShifted);
  weight.dtype = 1;
  weight.shape = {10, 10};
  weight.constant = true;
  TensorBinding result;
  result.descriptor = 7;
  result.place = Place(8, 8, PlacementRule::kEndFlush);
  result.dtype = 6;
  result.output = true;  // a scalar: no extents
  binding.tensors = {weight, result};
  binding.attributes = {1e-5, -0.1, 3};
  return binding;
}

TEST(Binding, ComesBackFromItsJsonText) {
  const Binding sent = SomeBinding();
  const auto json = ParseJson(DumpJson(ToJson(sent)));
  ASSERT_TRUE(json);
  const auto read = BindingFromJson(*json);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->tensors.size(), sent.tensors.size());
  for (size_t i = 0; i < sent.tensors.size(); ++i) {
    const TensorBinding &a = sent.tensors[i], &b = read->tensors[i];
    EXPECT_EQ(a.descriptor, b.descriptor);
    EXPECT_EQ(a.place.mapped_bytes, b.place.mapped_bytes);
    EXPECT_EQ(a.place.offset, b.place.offset);
    EXPECT_EQ(a.place.bytes, b.place.bytes);
    EXPECT_EQ(a.dtype, b.dtype);
    EXPECT_EQ(a.shape, b.shape);
    EXPECT_EQ(a.output, b.output);
    EXPECT_EQ(a.constant, b.constant);
  }
  EXPECT_EQ(read->attributes, sent.attributes) << "to the last bit";
}

TEST(Binding, RefusesAPayloadOutsideOfItsPages) {
  Json json = ToJson(SomeBinding());
  json["tensors"][0]["place"]["bytes"] = 4096;
  EXPECT_FALSE(BindingFromJson(json));
  json["tensors"][0]["place"]["bytes"] = -1;
  EXPECT_FALSE(BindingFromJson(json));
}

TEST(Binding, RefusesWhatIsMissingOrOfAnotherKind) {
  for (const char* key : {"fd", "dtype", "place"}) {
    Json json = ToJson(SomeBinding());
    json["tensors"][1].erase(key);
    EXPECT_FALSE(BindingFromJson(json)) << key;
  }
  Json json = ToJson(SomeBinding());
  json["tensors"][0]["shape"][1] = "ten";
  EXPECT_FALSE(BindingFromJson(json));
  json = ToJson(SomeBinding());
  json["attributes"][0] = "small";
  EXPECT_FALSE(BindingFromJson(json));
}

}  // namespace
}  // namespace kernelevolve::worker
