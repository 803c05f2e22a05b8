// Interval arithmetic over a parsed expression: proves, before anything runs,
// that it evaluates everywhere in a box. Internal to core.
#pragma once

#include "core/expression.h"
#include "core/expression_tree.h"

namespace kernelevolve::expression {

Result<Expression::Range> TreeBounds(const Tree& tree,
                                     const Expression::Ranges& ranges);

}  // namespace kernelevolve::expression
