// TextTable: full-text search over the parts of a few texts, in memory.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace kernelevolve {

struct TextRow {
  std::string title, summary, keywords, body;
};

// Owned by the search that fills it; every call is safe from any thread.
class TextTable {
 public:
  struct Weights {
    double title = 1, summary = 1, keywords = 1, body = 1;
  };

  static Result<std::unique_ptr<TextTable>> Create(
      const std::vector<TextRow>& rows);

  // BM25 of each row against any of the words, 0 where none is in it.
  Result<std::vector<double>> Score(const std::vector<std::string>& words,
                                    const Weights& weights);

 private:
  TextTable(std::unique_ptr<sqlite::Database> database, size_t rows)
      : database_(std::move(database)), rows_(rows) {}

  std::mutex mutex_;  // guards database_
  std::unique_ptr<sqlite::Database> database_;
  size_t rows_;
};

}  // namespace kernelevolve
