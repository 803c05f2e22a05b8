// Numbers and commands as people read them. ASCII only, so that they survive
// every terminal.
#pragma once

#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/prompt_record.h"

namespace kernelevolve::cli {

std::string TimeText(double microseconds);   // "812 us", "2.78 ms", "1.31 s"
std::string SpanText(double seconds);        // "0:07", "12:30", "1:02:03"
std::string SpeedupText(double speedup);     // "3.42x"
std::string IntervalText(Interval interval); // "[3.31, 3.55]"
std::string PercentText(double fraction);    // "61 %"

// "12 calls, 34,567 tokens, $0.1234"; what costs nothing shows no dollars.
std::string SpendingText(const Spending& spending);

// "1.25 s of the device, 61.3 s of CPU"; what is not known is left out.
std::string JudgeTimeText(const JudgeTime& time);

// The shorter of a path and the same path seen from the working folder, unless
// that leads out of it.
std::string ShownPath(const std::string& path);

// A command line that a shell reads back as these words.
std::string ShellCommand(const std::vector<std::string>& words);

// Columns padded to their widest cell, two blanks between, each line indented
// by two; the first column is flush left, the others flush right.
std::string TableText(const std::vector<std::vector<std::string>>& rows);

}  // namespace kernelevolve::cli
