// A task while it is being read: the values so far, and which of them were
// read without a mistake, so that later checks speak only of sound ones.
// Internal to core.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/parse/table_reader.h"
#include "core/task.h"

namespace kernelevolve::parse {

struct Draft {
  Task task;
  bool dims_sound = false;
  bool domain_sound = false;
  // Parallel to task.inputs, task.outputs, task.shapes: entry i stands for
  // [[…]] number i even where it is unsound, so that indices match the file.
  std::vector<bool> inputs_sound, outputs_sound, shapes_sound;
};

// Each reads one part of the file. The order matters: dims first.
void ReadNames(TableReader& top, Draft& draft);
void ReadTensors(TableReader& top, Draft& draft);
void ReadAttributes(TableReader& top, Draft& draft);
void ReadShapes(TableReader& top, Draft& draft);
void ReadOnlyShapes(TableReader& top, Draft& draft);
void ReadDomain(TableReader& top, Draft& draft);
void ReadCost(TableReader& top, Draft& draft);
void ReadReference(TableReader& top, Draft& draft);
void ReadBaselines(TableReader& top, Draft& draft);
void ReadObjective(TableReader& top, Draft& draft);
void ReadTolerance(TableReader& top, Draft& draft);

// Checks that need the whole: shapes against tensors, domain, cost, files.
void CheckWhole(const TomlValue& root,
                const std::map<std::string, std::string>& files, Draft& draft,
                Diagnostics& mistakes);

// The name under `key`, checked by `rule` and against those before it.
std::string ReadName(TableReader& reader, bool (*valid)(std::string_view),
                     std::string_view rule, std::vector<std::string>& taken);

// An expression over the task's dims, or nullopt and a mistake.
std::optional<Expression> ReadExpression(TableReader& reader,
                                         const TomlValue& value,
                                         const std::string& key,
                                         const Draft& draft);

// More entries than `most` are cut, with a mistake.
void LimitCount(TableReader& top, const std::string& key,
                std::vector<TableReader>& entries, size_t most);

}  // namespace kernelevolve::parse
