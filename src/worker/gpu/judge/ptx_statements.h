// PTX as a row of statements: as much of its syntax as it takes to put something
// between two of them. Pure; any text is taken, however broken.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace kernelevolve::worker::gpu {

struct PtxPlace {
  enum class Kind {
    kEntry,      // the declaration of an entry that has no linkage
    kBody,       // right behind the brace that opens an entry's body
    kStatement,  // of an entry's body, its predicate included
  };
  Kind kind = Kind::kStatement;
  size_t at = 0;            // of the text
  std::string_view opcode;  // of a statement, "st.global.u32"; "" if it has none
  std::string_view name;    // of an entry
};

// In the order of the text; nothing of functions that are no entries. A statement may
// stand anywhere in a line, and a line may hold several.
std::vector<PtxPlace> PlacesOf(std::string_view ptx);

// The opcodes of every statement, functions included.
std::vector<std::string_view> OpcodesOf(std::string_view ptx);

}  // namespace kernelevolve::worker::gpu
