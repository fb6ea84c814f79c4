package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class DoubtsTest {
  private static List<String> doubts(int images, int outputs, IntUnaryOperator first) {
    ComparisonAccumulator sum = new ComparisonAccumulator(outputs);
    List<ImageFigures> figures = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      float[] logits = new float[outputs];
      int guessed = first.applyAsInt(i);
      if (outputs == 1) {
        logits[0] = guessed == 1 ? 1 : -1;
      } else {
        logits[guessed] = 1;
      }
      int label = i % Ranking.classes(outputs);
      Guess guess = Guess.of(logits, 0, outputs, OptionalInt.of(label));
      sum.add(logits, guess, logits, guess, 0);
      figures.add(new ImageFigures("i" + i, "", label, guess, List.of(guess), List.of(0.0)));
    }
    return Doubts.of(new Evaluation(List.of("quantized"), List.of(sum.snapshot()), figures));
  }

  @Test
  void figuresOfAGoodNetworkOnManyImagesAreBelieved() {
    assertThat(doubts(200, 10, i -> i % 5 == 0 ? 0 : i % 10)).isEmpty();
    assertThat(doubts(200, 1, i -> i % 7 == 0 ? 0 : i % 2)).isEmpty();
  }

  @Test
  void aNetworkNearChanceIsSaidToSeeOtherImagesThanItsOwn() {
    assertThat(doubts(200, 10, i -> i * 7 % 9))
        .singleElement()
        .asString()
        .contains("guessing among 10 classes gives 10.0 %")
        .contains("model.preprocessing")
        .contains("data.labels");
    assertThat(doubts(200, 1, i -> i / 2 % 2))
        .singleElement()
        .asString()
        .contains("among 2 classes gives 50.0 %");
  }

  @Test
  void fewImagesAndImagesOfOneAnswerSayLittle() {
    assertThat(doubts(1, 10, i -> 0))
        .singleElement()
        .asString()
        .contains("figures of one image say little");
    assertThat(doubts(40, 2, i -> 0))
        .anyMatch(doubt -> doubt.contains("one class first on all 40 images"));
  }
}
