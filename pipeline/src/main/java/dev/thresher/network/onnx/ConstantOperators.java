package dev.thresher.network.onnx;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Which ONNX operators are evaluated where constants alone are behind them. */
final class ConstantOperators {
  /** By the operator's name. */
  static final Map<String, Function<Call, Value>> ALL = new TreeMap<>();

  static {
    sources();
    layouts();
    arithmetic();
    comparisons();
    reductions();
  }

  private ConstantOperators() {}

  private static void sources() {
    ALL.put("Cast", ConstantSources::cast);
    ALL.put("CastLike", ConstantSources::castLike);
    ALL.put("Constant", ConstantSources::constant);
    ALL.put("ConstantOfShape", ConstantSources::constantOfShape);
    ALL.put("DequantizeLinear", ConstantSources::dequantize);
    ALL.put("Identity", LayoutOperators::identity);
    ALL.put("Dropout", LayoutOperators::identity);
    ALL.put("Range", ConstantSources::range);
    ALL.put("Shape", ConstantSources::shape);
    ALL.put("Size", ConstantSources::size);
  }

  private static void layouts() {
    ALL.put("Concat", ConstantLayouts::concat);
    ALL.put("Expand", ConstantLayouts::expand);
    ALL.put("Flatten", ConstantLayouts::flatten);
    ALL.put("Gather", ConstantIndexing::gather);
    ALL.put("GatherND", ConstantIndexing::gatherNd);
    ALL.put("NonZero", ConstantIndexing::nonZero);
    ALL.put("Pad", ConstantLayouts::pad);
    ALL.put("Reshape", ConstantLayouts::reshape);
    ALL.put("ScatterND", ConstantIndexing::scatterNd);
    ALL.put("Slice", ConstantLayouts::slice);
    ALL.put("Squeeze", ConstantLayouts::squeeze);
    ALL.put("Tile", ConstantLayouts::tile);
    ALL.put("Transpose", ConstantLayouts::transpose);
    ALL.put("Unsqueeze", ConstantLayouts::unsqueeze);
  }

  private static void arithmetic() {
    ALL.put("Abs", ConstantArithmetic.unary(Math::abs));
    ALL.put("Add", ConstantArithmetic.binary(Double::sum));
    ALL.put("Ceil", ConstantArithmetic.unary(Math::ceil));
    ALL.put("Clip", ConstantArithmetic::clip);
    ALL.put("Div", ConstantArithmetic::divide);
    ALL.put("Exp", ConstantArithmetic.unary(Math::exp));
    ALL.put("Floor", ConstantArithmetic.unary(Math::floor));
    ALL.put("Log", ConstantArithmetic.unary(Math::log));
    ALL.put("Max", ConstantArithmetic.binary(Math::max));
    ALL.put("Min", ConstantArithmetic.binary(Math::min));
    ALL.put("Mod", ConstantArithmetic::modulo);
    ALL.put("Mul", ConstantArithmetic.binary((a, b) -> a * b));
    ALL.put("Neg", ConstantArithmetic.unary(v -> -v));
    ALL.put("Pow", ConstantArithmetic.binary(Math::pow));
    ALL.put("Reciprocal", ConstantArithmetic.unary(v -> 1 / v));
    ALL.put("Relu", ConstantArithmetic.unary(v -> Math.max(v, 0)));
    ALL.put("Round", ConstantArithmetic.unary(Math::rint));
    ALL.put("Sign", ConstantArithmetic.unary(Math::signum));
    ALL.put("Sqrt", ConstantArithmetic.unary(Math::sqrt));
    ALL.put("Sub", ConstantArithmetic.binary((a, b) -> a - b));
    ALL.put("Sum", ConstantArithmetic.binary(Double::sum));
  }

  private static void comparisons() {
    ALL.put("And", ConstantArithmetic.comparison((a, b) -> truth(a != 0 && b != 0)));
    ALL.put("Equal", ConstantArithmetic.comparison((a, b) -> truth(a == b)));
    ALL.put("Greater", ConstantArithmetic.comparison((a, b) -> truth(a > b)));
    ALL.put("GreaterOrEqual", ConstantArithmetic.comparison((a, b) -> truth(a >= b)));
    ALL.put("Less", ConstantArithmetic.comparison((a, b) -> truth(a < b)));
    ALL.put("LessOrEqual", ConstantArithmetic.comparison((a, b) -> truth(a <= b)));
    ALL.put("Not", ConstantArithmetic.unary(v -> truth(v == 0)));
    ALL.put("Or", ConstantArithmetic.comparison((a, b) -> truth(a != 0 || b != 0)));
    ALL.put("Where", ConstantArithmetic::where);
    ALL.put("Xor", ConstantArithmetic.comparison((a, b) -> truth((a != 0) != (b != 0))));
  }

  private static void reductions() {
    ALL.put("ReduceL2", ConstantReductions.squares(Math::sqrt));
    ALL.put("ReduceMax", ConstantReductions.reduction(Double.NEGATIVE_INFINITY, Math::max));
    ALL.put("ReduceMean", ConstantReductions::mean);
    ALL.put("ReduceMin", ConstantReductions.reduction(Double.POSITIVE_INFINITY, Math::min));
    ALL.put("ReduceProd", ConstantReductions.reduction(1, (a, b) -> a * b));
    ALL.put("ReduceSum", ConstantReductions.reduction(0, Double::sum));
    ALL.put("ReduceSumSquare", ConstantReductions.squares(v -> v));
  }

  /** Truth as ONNX holds it. */
  private static double truth(boolean value) {
    return value ? 1 : 0;
  }
}
