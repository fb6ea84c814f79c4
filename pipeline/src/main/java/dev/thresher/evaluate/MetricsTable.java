package dev.thresher.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * One definition of a table's columns, for Parquet and for CSV. Both are deterministic: equal rows
 * give equal bytes.
 *
 * @param <R> what a row is made of
 */
public final class MetricsTable<R> {
  /** A column; absent values are null in Parquet and nothing in CSV. */
  sealed interface Column<R> {
    /** Name in both files. */
    String name();

    /** The value as CSV has it. */
    String text(R row);

    /** Sets the value under this name; null where it is absent or no JSON number. */
    void put(ObjectNode object, R row);
  }

  /** Text; the empty one is an absent value. */
  record TextColumn<R>(String name, Function<R, String> value) implements Column<R> {
    @Override
    public String text(R row) {
      String text = value.apply(row);
      return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    @Override
    public void put(ObjectNode object, R row) {
      String text = value.apply(row);
      object.put(name, text.isEmpty() ? null : text);
    }
  }

  record IntegerColumn<R>(String name, Function<R, OptionalLong> value) implements Column<R> {
    @Override
    public String text(R row) {
      OptionalLong given = value.apply(row);
      return given.isPresent() ? Long.toString(given.getAsLong()) : "";
    }

    @Override
    public void put(ObjectNode object, R row) {
      OptionalLong given = value.apply(row);
      object.put(name, given.isPresent() ? (Long) given.getAsLong() : null);
    }
  }

  record RealColumn<R>(String name, Function<R, OptionalDouble> value) implements Column<R> {
    @Override
    public String text(R row) {
      OptionalDouble given = value.apply(row);
      return given.isPresent() ? Double.toString(given.getAsDouble()) : "";
    }

    @Override
    public void put(ObjectNode object, R row) {
      OptionalDouble given = value.apply(row);
      boolean isNumber = given.isPresent() && Double.isFinite(given.getAsDouble());
      object.put(name, isNumber ? (Double) given.getAsDouble() : null);
    }
  }

  /**
   * Version of all tables and of {@code summary.json}, written into each. More columns do not
   * change it; other names, units or meanings do.
   */
  public static final int SCHEMA_VERSION = 2;

  private final String name;
  private final List<Column<R>> columns = new ArrayList<>();

  /**
   * A table without columns yet.
   *
   * @param name of the table
   */
  MetricsTable(String name) {
    this.name = Objects.requireNonNull(name);
  }

  MetricsTable<R> text(String column, Function<R, String> value) {
    columns.add(new TextColumn<>(column, value));
    return this;
  }

  MetricsTable<R> integer(String column, ToLongFunction<R> value) {
    return optionalInteger(column, row -> OptionalLong.of(value.applyAsLong(row)));
  }

  MetricsTable<R> optionalInteger(String column, Function<R, OptionalLong> value) {
    columns.add(new IntegerColumn<>(column, value));
    return this;
  }

  MetricsTable<R> real(String column, ToDoubleFunction<R> value) {
    return optionalReal(column, row -> OptionalDouble.of(value.applyAsDouble(row)));
  }

  MetricsTable<R> optionalReal(String column, Function<R, OptionalDouble> value) {
    columns.add(new RealColumn<>(column, value));
    return this;
  }

  /** A real of something that a row may lack. */
  <P> MetricsTable<R> realOf(
      String column, Function<R, Optional<P>> part, Function<P, OptionalDouble> value) {
    return optionalReal(column, row -> part.apply(row).map(value).orElse(OptionalDouble.empty()));
  }

  /** An integer of something that a row may lack. */
  <P> MetricsTable<R> integerOf(
      String column, Function<R, Optional<P>> part, ToLongFunction<P> value) {
    return optionalInteger(
        column,
        row ->
            part.apply(row)
                .map(p -> OptionalLong.of(value.applyAsLong(p)))
                .orElse(OptionalLong.empty()));
  }

  /** Name of the table. */
  public String name() {
    return name;
  }

  List<Column<R>> columns() {
    return List.copyOf(columns);
  }

  /** CSV as RFC 4180 but with line feeds: a line of names, then one line for each row; UTF-8. */
  public byte[] csv(List<R> rows) {
    StringBuilder text = new StringBuilder();
    text.append(columns.stream().map(Column::name).collect(Collectors.joining(","))).append('\n');
    for (R row : rows) {
      text.append(columns.stream().map(c -> c.text(row)).collect(Collectors.joining(",")))
          .append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Parquet, not compressed; every column optional. */
  public byte[] parquet(List<R> rows) {
    return ParquetTable.write(this, rows);
  }
}
