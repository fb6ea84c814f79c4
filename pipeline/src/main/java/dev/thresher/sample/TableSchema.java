package dev.thresher.sample;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * Where a Parquet table of images holds what: the columns that the user names, or those that can be
 * told.
 *
 * @param image column of images
 * @param bytes path of the column of encoded images; empty where rows hold paths only
 * @param path path of the column of the images' file names; empty where there is none
 * @param label column of labels, if there is one
 * @param classes names of the classes that numbers in the column of labels stand for; empty where
 *     the table does not say them
 */
record TableSchema(
    String image,
    List<String> bytes,
    List<String> path,
    Optional<String> label,
    List<String> classes) {
  private static final String BYTES = "bytes";
  private static final String PATH = "path";

  /** Under this key Hugging Face's writer describes the columns. */
  private static final String FEATURES_KEY = "huggingface";

  private static final int MOST_CLASSES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Finds the columns.
   *
   * @param location the file, for messages
   * @param metadata the file's own key-value metadata
   * @throws SampleException naming the columns with their types if they cannot be told
   */
  static TableSchema of(
      MessageType schema, Map<String, String> metadata, TableColumns columns, String location) {
    Type image =
        chosen(schema, columns.image(), TableColumns.USUAL_IMAGE)
            .or(() -> only(schema.getFields().stream().filter(TableSchema::holdsBytes).toList()))
            .orElseThrow(() -> noImages(schema, columns, location));
    if (!mayHoldImages(image)) {
      throw noImages(schema, columns, location);
    }
    JsonNode features = features(metadata);
    Optional<Type> label =
        chosen(schema, columns.label(), TableColumns.USUAL_LABEL)
            .or(
                () ->
                    columns.label().isEmpty()
                        ? only(
                            schema.getFields().stream()
                                .filter(field -> isClassLabel(features, field.getName()))
                                .toList())
                        : Optional.empty());
    boolean wrong = label.isPresent() ? !isLabel(label.get()) : !columns.label().isEmpty();
    if (wrong) {
      throw new SampleException(
          "Cannot find labels in %s: its columns are %s, and %s is none of whole numbers or texts. Set data.columns.label to one that is."
              .formatted(location, said(schema), label.map(Type::getName).orElse(columns.label())));
    }
    return new TableSchema(
        image.getName(),
        image.isPrimitive()
            ? isText(image) ? List.of() : List.of(image.getName())
            : member(image.asGroupType(), BYTES),
        image.isPrimitive()
            ? isText(image) ? List.of(image.getName()) : List.of()
            : member(image.asGroupType(), PATH),
        label.map(Type::getName),
        label.map(field -> classes(features, field.getName())).orElse(List.of()));
  }

  private static Optional<Type> chosen(MessageType schema, String named, String usual) {
    String name = named.isEmpty() ? usual : named;
    return schema.containsField(name) ? Optional.of(schema.getType(name)) : Optional.empty();
  }

  private static Optional<Type> only(List<Type> candidates) {
    return candidates.size() == 1 ? Optional.of(candidates.get(0)) : Optional.empty();
  }

  private static List<String> member(GroupType group, String field) {
    return group.containsField(field) ? List.of(group.getName(), field) : List.of();
  }

  /** Bytes, texts (paths), or a group of either; a repeated column holds many. */
  private static boolean mayHoldImages(Type type) {
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      return false;
    }
    if (type.isPrimitive()) {
      return isBinary(type);
    }
    GroupType group = type.asGroupType();
    return (group.containsField(BYTES) && isBinary(group.getType(BYTES)))
        || (group.containsField(PATH) && isBinary(group.getType(PATH)));
  }

  /** A column that nobody named is no column of file names because it is the only one of texts. */
  private static boolean holdsBytes(Type type) {
    return mayHoldImages(type) && !isText(type);
  }

  private static boolean isLabel(Type type) {
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && (isBinary(type)
            || List.of(PrimitiveTypeName.INT32, PrimitiveTypeName.INT64)
                .contains(type.asPrimitiveType().getPrimitiveTypeName()));
  }

  private static boolean isBinary(Type type) {
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
  }

  private static boolean isText(Type type) {
    return isBinary(type)
        && type.getLogicalTypeAnnotation() != null
        && type.getLogicalTypeAnnotation().toString().equals("STRING");
  }

  private static JsonNode features(Map<String, String> metadata) {
    try {
      return JSON.readTree(metadata.getOrDefault(FEATURES_KEY, "{}")).path("info").path("features");
    } catch (JsonProcessingException notDescribed) {
      return JSON.createObjectNode();
    }
  }

  private static boolean isClassLabel(JsonNode features, String column) {
    return features.path(column).path("_type").asText().equals("ClassLabel");
  }

  private static List<String> classes(JsonNode features, String column) {
    JsonNode names = features.path(column).path("names");
    List<String> classes = new ArrayList<>();
    if (isClassLabel(features, column) && names.size() <= MOST_CLASSES) {
      names.forEach(name -> classes.add(name.asText()));
    }
    return classes;
  }

  private static SampleException noImages(
      MessageType schema, TableColumns columns, String location) {
    return new SampleException(
        "Cannot find images in %s: its columns are %s%s. Set data.columns.image to one of bytes, of file names, or of struct<bytes, path>."
            .formatted(
                location,
                said(schema),
                columns.image().isEmpty() ? "" : ", and data.columns.image is " + columns.image()));
  }

  private static String said(MessageType schema) {
    return schema.getFields().stream()
        .map(field -> field.getName() + ": " + type(field))
        .collect(Collectors.joining(", "));
  }

  private static String type(Type type) {
    String plain;
    if (type.isPrimitive()) {
      plain =
          isText(type)
              ? "string"
              : type.asPrimitiveType()
                  .getPrimitiveTypeName()
                  .name()
                  .toLowerCase(java.util.Locale.ROOT);
    } else {
      plain =
          type.asGroupType().getFields().stream()
              .map(field -> field.getName() + ": " + type(field))
              .collect(Collectors.joining(", ", "struct<", ">"));
    }
    return type.isRepetition(Type.Repetition.REPEATED) ? "list<" + plain + ">" : plain;
  }
}
