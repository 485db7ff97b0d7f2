package oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Reducer;
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

    static String text(final Object given) {
        return given == null ? "~" : String.valueOf(given);
    }

    static String tail(final String given) {
        return given.length() > 12 ? given.substring(given.length() - 12) : given;
    }

    @SuppressWarnings("unchecked")
    static Serde<Object> serde(final String name) {
        return (Serde<Object>) (Serde<?>) switch (name) {
            case "string" -> Serdes.String();
            case "int64" -> Serdes.Long();
            default -> throw new ScenarioException("serde \"" + name + "\" is not known");
        };
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
            case "value" -> value;
            case "length" -> "int64";
            default -> "string";
        };
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
            case "sum" -> (a, v) -> (Long) a + (Long) v;
            case "difference" -> (a, v) -> (Long) a - (Long) v;
            default -> throw new ScenarioException("reducer \"" + name + "\" is not known");
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
            case "failOnX" -> (record, time) -> stampUnlessX(record);
            default -> throw new ScenarioException("extractor \"" + name + "\" is not known");
        };
    }

    private static long stampUnlessX(final ConsumerRecord<Object, Object> record) {
        failOnX(record.value());
        return record.timestamp();
    }

    private Functions() { }
}
