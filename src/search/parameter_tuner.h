// ParameterTuner: the classical half of the search. Finds good values for one
// structure's parameters, asked and told.
//
// A pattern search: from the best values known, one parameter at a time moves
// by a stride along its list of values; where a move helped, the next goes on
// in its direction; where none helps, strides halve, until neighbouring values
// are compared; then two parameters move at once; then unseen combinations at
// random. Parameters whose moves changed most are tried first.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/tune.h"

namespace kernelevolve {

// Owned by the search; single-threaded. Same seed and calls, same answers.
class ParameterTuner {
 public:
  // `start` are the values `start_fitness` was measured with, complete.
  ParameterTuner(const TuneSpace& space, const ParameterValues& start,
                 double start_fitness, uint64_t seed);

  // Values never asked or told before that satisfy every constraint; nullopt
  // once there are none left (then Exhausted).
  std::optional<ParameterValues> Ask();
  // Fitness 0 = not accepted. Also for values nobody asked for, and again for
  // known ones if they were measured anew.
  void Tell(const ParameterValues& values, double fitness);

  // A structure made from another starts at the other's best values: what was
  // learnt there holds here at first. Nothing happens if they declare different
  // parameters. Before the first Ask.
  void Inherit(const ParameterTuner& parent);

  bool Exhausted() const { return exhausted_; }
  // Evaluations told or in flight since the best last rose: how little is to be
  // expected from one more.
  int SinceGain() const { return since_gain_; }
  int parameters() const { return static_cast<int>(space_.parameters.size()); }

 private:
  // Index of a value in each parameter's list, in order of parameters.
  using Point = std::vector<int>;
  struct Direction {
    size_t parameter;
    int sign;
  };

  std::optional<Point> PointOf(const ParameterValues& values) const;
  ParameterValues ValuesOf(const Point& point) const;
  // Takes the point if it is inside, new and admitted.
  bool Claim(const Point& point);
  std::optional<Point> Momentum();
  std::optional<Point> SingleMove();
  std::optional<Point> DoubleMove();
  std::optional<Point> Unseen();
  std::vector<size_t> ByEffect() const;
  void Learn(const Point& point, double fitness);
  void Recentre();

  TuneSpace space_;
  Random random_;
  std::map<Point, double> told_;
  std::map<Point, bool> claimed_;  // value: admitted and handed out, or told
  Point best_;
  double best_fitness_ = 0;
  std::optional<Direction> last_gain_;
  std::vector<int> stride_;     // per parameter
  std::vector<double> effect_;  // largest |log ratio| a move made; < 0 unknown
  std::vector<size_t> shuffled_;  // breaks ties between effects
  int since_gain_ = 0;
  bool exhausted_ = false;
};

}  // namespace kernelevolve
