package dev.thresher.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SealedJsonTest {
  private static final ObjectNode CONTENT =
      new ObjectMapper()
          .createObjectNode()
          .put("text", "a \" \u00e4 \n b")
          .put("double", 1.0e-7)
          .put("whole", 3.0)
          .put("long", 1L << 60);

  static {
    CONTENT.putArray("list").add(1).addObject().put("in", true);
  }

  @Test
  void opensToWhatWasSealed() {
    String text = SealedJson.seal(CONTENT);
    assertThat(SealedJson.open(text.getBytes(UTF_8), "r").toString()).isEqualTo(CONTENT.toString());
  }

  @Test
  void everyChangedBitAndEveryCutIsSeen() {
    byte[] sealed = SealedJson.seal(CONTENT).getBytes(UTF_8);
    for (int i = 0; i < sealed.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = sealed.clone();
        flipped[i] ^= (byte) (1 << bit);
        assertThatThrownBy(() -> SealedJson.open(flipped, "r"))
            .as("bit %d of byte %d", bit, i)
            .isInstanceOf(CorruptObjectException.class);
      }
      byte[] cut = Arrays.copyOf(sealed, i);
      assertThatThrownBy(() -> SealedJson.open(cut, "r"))
          .isInstanceOf(CorruptObjectException.class)
          .hasMessageContaining("commit record r");
    }
  }
}
