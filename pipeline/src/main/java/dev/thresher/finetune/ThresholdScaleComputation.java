package dev.thresher.finetune;

import dev.thresher.engine.TrainingPass;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs the frozen network for {@link ThresholdScaleLayer}: integer forward with the current scales,
 * straight-through backward to them. Arithmetic is the engine's; used by one thread at a time.
 */
final class ThresholdScaleComputation extends BaseLayer<ThresholdScaleLayer> {
  private static final long serialVersionUID = 1L;

  private transient FrozenNetwork frozen;
  private transient TrainingPass pass;
  private transient float[] images = {};

  ThresholdScaleComputation(NeuralNetConfiguration conf, DataType type) {
    super(conf, type);
  }

  /** The frozen network, looked up on first use. */
  FrozenNetwork frozen() {
    if (frozen == null) {
      frozen = FrozenNetworks.find(layerConf().networkKey());
    }
    return frozen;
  }

  private TrainingPass pass() {
    if (pass == null) {
      pass = frozen().borrow(layerConf().batch());
    }
    return pass;
  }

  /** Bytes of the training pass and of the images that it reads. */
  long bytes() {
    return pass().bytes() + (long) Float.BYTES * images.length;
  }

  /** Gives the training pass back for the next user. */
  void release() {
    if (pass != null) {
      frozen.giveBack(layerConf().batch(), pass);
      pass = null;
    }
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    int count = (int) input.size(0);
    int length = Math.toIntExact(input.length());
    if (images.length < length) {
      images = new float[length];
    }
    NdFloats.copy(input, images);
    float[] logits = new float[count * layerConf().classes()];
    pass().forward(NdFloats.of(params()), images, count, logits);
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS, DataType.FLOAT, new long[] {count, layerConf().classes()}, 'c');
    NdFloats.assign(output, logits);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    float[] gradient = new float[layerConf().scales()];
    pass().backward(NdFloats.of(epsilon), gradient);
    INDArray view = gradientViews.get(ThresholdScaleParams.SCALES);
    NdFloats.assign(view, gradient);
    Gradient result = new DefaultGradient(gradientsFlattened);
    result.setGradientFor(ThresholdScaleParams.SCALES, view);
    return new Pair<>(result, null);
  }

  /** The gradient of the loss over the whole batch is what Adam gets, undivided. */
  @Override
  public boolean updaterDivideByMinibatch(String param) {
    return false;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }
}
