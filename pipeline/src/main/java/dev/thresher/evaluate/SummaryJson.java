package dev.thresher.evaluate;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;

/** {@code summary.json}: the fields of the record in snake case. */
final class SummaryJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .addModule(
              new SimpleModule()
                  .addSerializer(OptionalDouble.class, new Writer())
                  .addDeserializer(OptionalDouble.class, new Reader()))
          .build();

  private SummaryJson() {}

  static byte[] write(Summary summary) {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    try {
      return (JSON.writer(printer).writeValueAsString(summary) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of text and numbers have a JSON form", e);
    }
  }

  static Summary read(byte[] json) {
    try {
      return JSON.readValue(json, Summary.class);
    } catch (JsonProcessingException e) {
      throw new EvaluationException("Cannot read the summary: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new EvaluationException("Cannot read the summary: " + e.getMessage(), e);
    }
  }

  private static final class Writer extends StdSerializer<OptionalDouble> {
    Writer() {
      super(OptionalDouble.class);
    }

    @Override
    public void serialize(
        OptionalDouble value, JsonGenerator generator, SerializerProvider provider)
        throws IOException {
      if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
        generator.writeNumber(value.getAsDouble());
      } else {
        generator.writeNull();
      }
    }
  }

  private static final class Reader extends StdDeserializer<OptionalDouble> {
    Reader() {
      super(OptionalDouble.class);
    }

    @Override
    public OptionalDouble deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      if (!parser.currentToken().isNumeric()) {
        context.reportInputMismatch(OptionalDouble.class, "%s is no number", parser.getText());
      }
      return OptionalDouble.of(parser.getDoubleValue());
    }

    @Override
    public OptionalDouble getNullValue(DeserializationContext context) {
      return OptionalDouble.empty();
    }
  }
}
