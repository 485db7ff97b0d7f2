package oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.Optional;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.Merger;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Reducer;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.FailOnInvalidTimestamp;
import org.apache.kafka.streams.processor.LogAndSkipOnInvalidTimestamp;
import org.apache.kafka.streams.processor.RecordContext;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.TopicNameExtractor;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;

/** The registry of pure functions; test/oracle/functions.ts is its twin. */
final class Functions {
    /** A function of key and value. */
    interface Mapper {
        Object apply(Object key, Object value);
    }

    /** Any item as text: ~ for what is absent, hex for bytes, key@start/end for a key in a window, [a, b] for a list. */
    static String text(final Object given) {
        if (given == null) return "~";
        if (given instanceof byte[] bytes) return HexFormat.of().formatHex(bytes);
        if (given instanceof Windowed<?> windowed) return text(windowed.key()) + "@" + windowed.window().start() + "/" + windowed.window().end();
        if (given instanceof List<?> list) return list.stream().map(Functions::text).collect(Collectors.joining(", ", "[", "]"));
        return String.valueOf(given);
    }

    static String tail(final String given) {
        return given.length() > 12 ? given.substring(given.length() - 12) : given;
    }

    static Predicate<Object, Object> predicate(final String name) {
        return switch (name) {
            case "always" -> (k, v) -> true;
            case "never" -> (k, v) -> false;
            case "valueIsNull" -> (k, v) -> v == null;
            case "keyIsNull" -> (k, v) -> k == null;
            case "valueBelowC" -> (k, v) -> text(v).compareTo("c") < 0;
            case "lengthEven" -> (k, v) -> text(v).length() % 2 == 0;
            case "keyBelowB" -> (k, v) -> text(k).compareTo("b") < 0;
            case "keyEqualsValue" -> (k, v) -> text(k).equals(text(v));
            case "failOnX" -> (k, v) -> {
                failOnX(v);
                return true;
            };
            default -> throw new ScenarioException("predicate \"" + name + "\" is not known");
        };
    }

    private static Object failOnX(final Object value) {
        if ("x".equals(value)) throw new Boom();
        return value;
    }

    static Mapper mapper(final String name) {
        return switch (name) {
            case "key" -> (k, v) -> k;
            case "keyText" -> (k, v) -> text(k);
            case "windowedKey" -> (k, v) -> ((Windowed<?>) k).key();
            case "value" -> (k, v) -> v;
            case "keyAndValue" -> (k, v) -> tail(text(k) + text(v));
            case "text" -> (k, v) -> text(v);
            case "length" -> (k, v) -> (long) text(v).length();
            case "nullOnB" -> (k, v) -> "b".equals(v) ? null : text(v);
            case "first" -> (k, v) -> text(v).isEmpty() ? "" : text(v).substring(0, 1);
            case "constant" -> (k, v) -> "c";
            case "double" -> (k, v) -> tail(text(v) + text(v));
            case "null" -> (k, v) -> null;
            case "failOnX" -> (k, v) -> text(failOnX(v));
            default -> throw new ScenarioException("mapper \"" + name + "\" is not known");
        };
    }

    /** The serde of what a mapper makes of a key and value with these serdes. */
    static String serdeOf(final String mapper, final String key, final String value) {
        return switch (mapper) {
            case "key" -> key;
            case "windowedKey" -> innerOf(key);
            case "value" -> value;
            case "length" -> "int64";
            default -> "string";
        };
    }

    private static final Pattern WINDOWED = Pattern.compile("\\w+\\((.+?)(?:, \\w+)?\\)");

    /** The name of the serde of keys without their windows. */
    private static String innerOf(final String windowed) {
        final var found = WINDOWED.matcher(windowed);
        return found.matches() ? found.group(1) : windowed;
    }

    static List<Object> list(final String name, final Object value) {
        return switch (name) {
            case "letters" -> new ArrayList<>(Arrays.asList((Object[]) text(value).split("(?!^)")));
            case "twice" -> List.of(text(value), text(value));
            case "none" -> List.of();
            case "withNull" -> Arrays.asList(text(value), null);
            case "failOnX" -> List.of(text(failOnX(value)));
            default -> throw new ScenarioException("list \"" + name + "\" is not known");
        };
    }

    static Reducer<Object> reducer(final String name) {
        return switch (name) {
            case "first" -> (a, v) -> a;
            case "last" -> (a, v) -> v;
            case "concat" -> (a, v) -> tail(text(a) + text(v));
            case "minus" -> (a, v) -> tail(text(a) + "-" + text(v));
            case "nullOnE" -> (a, v) -> "e".equals(v) ? null : tail(text(a) + text(v));
            case "failOnX" -> (a, v) -> tail(text(a) + text(failOnX(v)));
            case "sum" -> (a, v) -> number(a) + number(v);
            case "difference" -> (a, v) -> number(a) - number(v);
            default -> throw new ScenarioException("reducer \"" + name + "\" is not known");
        };
    }

    /** Merges of the aggregates of two sessions. */
    static Merger<Object, Object> merger(final String name) {
        return switch (name) {
            case "join" -> (k, a, b) -> tail(text(a) + "+" + text(b));
            case "withKey" -> (k, a, b) -> tail(text(a) + text(k) + text(b));
            case "left" -> (k, a, b) -> a;
            case "sum" -> (k, a, b) -> number(a) + number(b);
            case "nullOnE" -> (k, a, b) -> text(a).contains("e") ? null : tail(text(a) + text(b));
            case "failOnX" -> (k, a, b) -> tail(text(failOnX(a)) + text(failOnX(b)));
            default -> throw new ScenarioException("merger \"" + name + "\" is not known");
        };
    }

    /** Functions of two joined values. */
    static ValueJoiner<Object, Object, Object> joiner(final String name) {
        return switch (name) {
            case "both" -> (a, b) -> tail(text(a) + "/" + text(b));
            case "left" -> (a, b) -> a;
            case "right" -> (a, b) -> b;
            case "null" -> (a, b) -> null;
            case "nullOnE" -> (a, b) -> "e".equals(a) || "e".equals(b) ? null : tail(text(a) + "/" + text(b));
            case "lengths" -> (a, b) -> (long) text(a).length() * 100 + text(b).length();
            case "failOnX" -> (a, b) -> tail(text(failOnX(a)) + "/" + text(failOnX(b)));
            default -> throw new ScenarioException("joiner \"" + name + "\" is not known");
        };
    }

    /** As joiner, with the key first. */
    static ValueJoinerWithKey<Object, Object, Object, Object> joinerWithKey(final String name) {
        return switch (name) {
            case "all" -> (k, a, b) -> tail(text(k) + ":" + text(a) + "/" + text(b));
            case "key" -> (k, a, b) -> text(k);
            case "nullOnKeyB" -> (k, a, b) -> "b".equals(k) ? null : tail(text(a) + "/" + text(b));
            case "failOnX" -> (k, a, b) -> tail(text(k) + ":" + text(failOnX(a)) + "/" + text(failOnX(b)));
            default -> throw new ScenarioException("joiner with key \"" + name + "\" is not known");
        };
    }

    /** The name of the serde of what a joiner makes of values with these serdes. */
    static String serdeOfJoined(final String joiner, final String left, final String right) {
        return switch (joiner) {
            case "left" -> left;
            case "right" -> right;
            case "lengths" -> "int64";
            default -> "string";
        };
    }

    /** Foreign keys: of a value, or of key and value. All are texts. */
    static Mapper foreignKey(final String name) {
        return switch (name) {
            case "value" -> (k, v) -> text(v);
            case "first" -> (k, v) -> text(v).isEmpty() ? "" : text(v).substring(0, 1);
            case "nullOnB" -> (k, v) -> "b".equals(v) ? null : text(v);
            case "keyAndValue" -> (k, v) -> tail(text(k) + text(v));
            case "key" -> (k, v) -> text(k);
            case "constant" -> (k, v) -> "c";
            case "failOnX" -> (k, v) -> text(failOnX(v));
            default -> throw new ScenarioException("foreign key \"" + name + "\" is not known");
        };
    }

    static Initializer<Object> initializer(final String name) {
        return switch (name) {
            case "empty" -> () -> "";
            case "zero" -> () -> 0L;
            case "fail" -> () -> {
                throw new Boom();
            };
            default -> throw new ScenarioException("initializer \"" + name + "\" is not known");
        };
    }

    static Aggregator<Object, Object, Object> aggregator(final String name) {
        return switch (name) {
            case "append" -> (k, v, a) -> tail(text(a) + text(k) + text(v));
            case "minus" -> (k, v, a) -> tail(text(a) + "-" + text(v));
            case "nullOnE" -> (k, v, a) -> "e".equals(v) ? null : tail(text(a) + text(v));
            case "keep" -> (k, v, a) -> a;
            case "up" -> (k, v, a) -> (Long) a + 1;
            case "down" -> (k, v, a) -> (Long) a - 1;
            case "nullAtZero" -> (k, v, a) -> (Long) a == 1L ? null : (Long) a - 1;
            case "failOnX" -> (k, v, a) -> tail(text(a) + text(failOnX(v)));
            default -> throw new ScenarioException("aggregator \"" + name + "\" is not known");
        };
    }

    static TopicNameExtractor<Object, Object> topicChoice(final String name) {
        return switch (name) {
            case "byFirst" -> new Named(name) {
                @Override
                public String extract(final Object key, final Object value, final RecordContext context) {
                    return "out-" + mapper("first").apply(key, value).toString().replaceAll("[^a-z0-9]", "_");
                }
            };
            case "bySource" -> new Named(name) {
                @Override
                public String extract(final Object key, final Object value, final RecordContext context) {
                    return "from-" + context.topic();
                }
            };
            case "failOnX" -> new Named(name) {
                @Override
                public String extract(final Object key, final Object value, final RecordContext context) {
                    failOnX(value);
                    return "out-x";
                }
            };
            default -> throw new ScenarioException("topic choice \"" + name + "\" is not known");
        };
    }

    /** An extractor whose text in descriptions is known. */
    private abstract static class Named implements TopicNameExtractor<Object, Object> {
        private final String name;

        Named(final String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static StreamPartitioner<Object, Object> partitioner(final String name) {
        return switch (name) {
            case "default" -> (topic, k, v, n) -> Optional.empty();
            case "zero" -> (topic, k, v, n) -> Optional.of(Set.of(0));
            case "nowhere" -> (topic, k, v, n) -> Optional.of(Set.of());
            case "everywhere" -> (topic, k, v, n) -> Optional.of(IntStream.range(0, n).boxed().collect(Collectors.toSet()));
            case "twiceZero" -> (topic, k, v, n) -> Optional.of(Set.of(0));
            case "dropOnB" -> (topic, k, v, n) -> "b".equals(v) ? Optional.of(Set.of()) : Optional.of(Set.of(n - 1));
            default -> throw new ScenarioException("partitioner \"" + name + "\" is not known");
        };
    }

    static TimestampExtractor extractor(final String name) {
        return switch (name) {
            case "FailOnInvalidTimestamp" -> new FailOnInvalidTimestamp();
            case "LogAndSkipOnInvalidTimestamp" -> new LogAndSkipOnInvalidTimestamp();
            case "UsePartitionTimeOnInvalidTimestamp" -> new UsePartitionTimeOnInvalidTimestamp();
            case "fromValue" -> (record, time) -> 100L * text(record.value()).length();
            case "negativeOnX" -> (record, time) -> "x".equals(record.value()) ? -1 : record.timestamp();
            case "partitionTime" -> (record, time) -> time < 0 ? record.timestamp() : time;
            case "failOnInvalidX" -> (record, time) -> new FailOnInvalidTimestamp().extract(invalidX(record), time);
            case "skipInvalidX" -> (record, time) -> new LogAndSkipOnInvalidTimestamp().extract(invalidX(record), time);
            case "partitionTimeOfInvalidX" -> (record, time) -> new UsePartitionTimeOnInvalidTimestamp().extract(invalidX(record), time);
            case "failOnX" -> (record, time) -> stampUnlessX(record);
            default -> throw new ScenarioException("extractor \"" + name + "\" is not known");
        };
    }

    /** A record, without a time if its value is "x": a test driver takes no such records. */
    private static ConsumerRecord<Object, Object> invalidX(final ConsumerRecord<Object, Object> record) {
        if (!"x".equals(record.value())) return record;
        return new ConsumerRecord<>(record.topic(), record.partition(), record.offset(), -1L, TimestampType.CREATE_TIME, 0, 0, record.key(), record.value(), record.headers(), Optional.empty());
    }

    private static long stampUnlessX(final ConsumerRecord<Object, Object> record) {
        failOnX(record.value());
        return record.timestamp();
    }

    /** Zero for a null. */
    private static long number(final Object given) {
        return given == null ? 0 : (Long) given;
    }

    private Functions() { }
}
