package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DistillationTest {
  @Test
  void rootMeanSquareTakesOneRootOverAllLogitsOfTheBatch() {
    // differences 3 and 4 over two images of two classes: sqrt((9 + 16) / 4)
    float[] student = {3, 0, 1, 5};
    float[] teacher = {0, 0, 1, 1};
    float[] gradient = new float[4];

    assertThat(Distillation.ROOT_MEAN_SQUARE.loss(student, teacher, 2)).isEqualTo(2.5);
    Distillation.ROOT_MEAN_SQUARE.gradient(student, teacher, 2, gradient);
    assertThat(gradient).containsExactly(0.3f, 0f, 0f, 0.4f); // d / (N L)
  }

  @Test
  void smoothL1SumsLogitsAndAveragesImages() {
    float[] student = {3, 0, 1, 5};
    float[] teacher = {0, 0, 1, 1};

    assertThat(Distillation.SMOOTH_L1.loss(student, teacher, 2))
        .isCloseTo((3 + 4 + 2 * Math.sqrt(1e-5)) / 2, within(1e-5));
  }

  @ParameterizedTest
  @EnumSource
  void gradientIsTheDerivative(Distillation distillation) {
    Random random = new Random(4);
    float[] student = new float[12];
    float[] teacher = new float[12];
    for (int i = 0; i < student.length; i++) {
      student[i] = (float) random.nextGaussian();
      teacher[i] = (float) random.nextGaussian();
    }
    float[] gradient = new float[12];
    distillation.gradient(student, teacher, 3, gradient);
    for (int i = 0; i < student.length; i++) {
      float[] up = student.clone();
      float[] down = student.clone();
      up[i] += 0.001f;
      down[i] -= 0.001f;
      double slope =
          (distillation.loss(up, teacher, 3) - distillation.loss(down, teacher, 3))
              / ((double) up[i] - down[i]);
      assertThat((double) gradient[i]).isCloseTo(slope, within(2e-3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalLogitsHaveNoGradient(Distillation distillation) {
    float[] logits = {1, 2, 3};
    float[] gradient = {9, 9, 9};

    distillation.gradient(logits, logits, 1, gradient);
    assertThat(gradient).containsOnly(0f);
  }

  @ParameterizedTest
  @EnumSource
  void nanIsSeen(Distillation distillation) {
    float[] teacher = {1, Float.NaN};

    assertThat(distillation.loss(new float[2], teacher, 1)).isNaN();
  }

  @Test
  void dl4jGetsImagesTimesTheLossBecauseItDividesByThem() {
    INDArray student = Nd4j.createFromArray(new float[][] {{3, 0}, {1, 5}});
    INDArray teacher = Nd4j.createFromArray(new float[][] {{0, 0}, {1, 1}});
    DistillationLoss loss = new DistillationLoss(Distillation.ROOT_MEAN_SQUARE);

    assertThat(loss.computeScore(teacher, student, null, null, false)).isEqualTo(5.0);
    assertThat(loss.computeScore(teacher, student, null, null, true)).isEqualTo(2.5);
    assertThat(loss.computeGradient(teacher, student, null, null))
        .isEqualTo(Nd4j.createFromArray(new float[][] {{0.3f, 0}, {0, 0.4f}}));
    assertThat(NdFloats.of(teacher)).containsExactly(0, 0, 1, 1);
  }

  @Test
  void viewsAndTransposesAreReadInRowMajorOrder() {
    INDArray matrix = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}});

    assertThat(NdFloats.of(matrix.getRow(1))).containsExactly(4, 5, 6);
    assertThat(NdFloats.of(matrix.transpose())).containsExactly(1, 4, 2, 5, 3, 6);
    NdFloats.assign(matrix.getRow(1), new float[] {7, 8, 9});
    assertThat(NdFloats.of(matrix)).containsExactly(1, 2, 3, 7, 8, 9);
  }
}
