package oracle;

import static oracle.Functions.text;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/** The registry of processors; test/oracle/processors.ts is its twin. */
final class Processors {
    private static final Set<String> KNOWN = Set.of("forward", "drop", "twice", "remember", "rememberTimestamped", "firstOnly", "deleteOld", "scan",
        "header", "freshHeaders", "time", "place", "failOnX", "commit", "streamTimer", "wallTimer", "cancelledTimer", "anchoredTimer", "failingTimer", "scanTimer", "tableLookup");
    private static final Set<String> KNOWN_FIXED = Set.of("forward", "drop", "twice", "remember", "header", "time", "place", "failOnX", "countTimer");

    static ProcessorSupplier<Object, Object, Object, Object> supplier(final String name, final List<String> names, final Set<StoreBuilder<?>> owned) {
        if (!KNOWN.contains(name)) throw new ScenarioException("processor \"" + name + "\" is not known");
        return new ProcessorSupplier<>() {
            @Override
            public Processor<Object, Object, Object, Object> get() {
                return new Free(name, names);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return owned.isEmpty() ? null : owned;
            }
        };
    }

    static FixedKeyProcessorSupplier<Object, Object, Object> fixedSupplier(final String name, final List<String> names, final Set<StoreBuilder<?>> owned) {
        if (!KNOWN_FIXED.contains(name)) throw new ScenarioException("processor of values \"" + name + "\" is not known");
        return new FixedKeyProcessorSupplier<>() {
            @Override
            public FixedKeyProcessor<Object, Object, Object> get() {
                return new Fixed(name, names);
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return owned.isEmpty() ? null : owned;
            }
        };
    }

    private static final class Free implements Processor<Object, Object, Object, Object> {
        private final String name;
        private final List<String> names;
        private ProcessorContext<Object, Object> context;
        private KeyValueStore<Object, Object> store;
        private Cancellable timer;
        private int calls;

        Free(final String name, final List<String> names) {
            this.name = name;
            this.names = names;
        }

        @Override
        public void init(final ProcessorContext<Object, Object> given) {
            context = given;
            if (!names.isEmpty()) store = given.getStateStore(names.get(0));
            final Consumer<Long> tick = time -> context.forward(new Record<>("timer", text(time), time));
            switch (name) {
                case "streamTimer" -> given.schedule(Duration.ofMillis(10), PunctuationType.STREAM_TIME, tick::accept);
                case "wallTimer" -> given.schedule(Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, tick::accept);
                case "anchoredTimer" -> given.schedule(Instant.ofEpochMilli(25), Duration.ofMillis(10), PunctuationType.STREAM_TIME, tick::accept);
                case "cancelledTimer" -> timer = given.schedule(Duration.ofMillis(10), PunctuationType.STREAM_TIME, time -> {
                    tick.accept(time);
                    if (++calls == 2) timer.cancel();
                });
                case "failingTimer" -> given.schedule(Duration.ofMillis(10), PunctuationType.STREAM_TIME, time -> {
                    if (++calls == 2) throw new Boom();
                    tick.accept(time);
                });
                case "scanTimer" -> given.schedule(Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, time -> forwardAll(time));
                default -> { }
            }
        }

        private void forwardAll(final long time) {
            final List<KeyValue<Object, Object>> rows = new ArrayList<>();
            try (KeyValueIterator<Object, Object> all = store.all()) {
                all.forEachRemaining(rows::add);
            }
            for (final KeyValue<Object, Object> row : rows) context.forward(new Record<>(row.key, row.value, time));
        }

        @Override
        public void process(final Record<Object, Object> record) {
            final Object key = record.key();
            final Object value = record.value();
            switch (name) {
                case "forward", "streamTimer", "wallTimer", "anchoredTimer", "cancelledTimer", "failingTimer" -> context.forward(record);
                case "drop" -> { }
                case "twice" -> {
                    context.forward(record.withValue(text(value) + "1"));
                    context.forward(record.withValue(text(value) + "2").withTimestamp(record.timestamp() + 1));
                }
                case "remember" -> {
                    if (key == null) return;
                    final Object before = store.get(key);
                    store.put(key, value);
                    context.forward(record.withValue(text(before) + ">" + text(value)).withTimestamp(record.timestamp() + 1));
                }
                case "rememberTimestamped" -> {
                    if (key == null) return;
                    final ValueAndTimestamp<?> before = (ValueAndTimestamp<?>) store.get(key);
                    store.put(key, ValueAndTimestamp.make(value, record.timestamp()));
                    context.forward(record.withValue(before == null ? "none" : text(before.value()) + "@" + before.timestamp()));
                }
                case "firstOnly" -> {
                    if (key == null || value == null) return;
                    if (store.putIfAbsent(key, value) == null) context.forward(record);
                }
                case "deleteOld" -> {
                    if (key == null) return;
                    final Object before = store.delete(key);
                    if (before == null) store.put(key, value);
                    context.forward(record.withValue(text(before)));
                }
                case "scan" -> {
                    if (key == null) return;
                    store.put(key, value);
                    forwardAll(record.timestamp());
                }
                case "scanTimer" -> {
                    if (key != null) store.put(key, value);
                }
                case "tableLookup" -> {
                    if (key == null) return;
                    final ValueAndTimestamp<?> row = (ValueAndTimestamp<?>) store.get(key);
                    context.forward(record.withValue(text(value) + "/" + text(row == null ? null : row.value())));
                }
                case "header" -> {
                    record.headers().add("p", text(value).getBytes(StandardCharsets.UTF_8));
                    context.forward(record);
                }
                case "freshHeaders" -> context.forward(new Record<>(key, value, record.timestamp()));
                case "time" -> context.forward(record.withValue(text(context.currentStreamTimeMs()) + "/" + text(context.currentSystemTimeMs())));
                case "place" -> context.forward(record.withValue(place(context)));
                case "failOnX" -> {
                    context.forward(record.withValue(text(value) + "!"));
                    if ("x".equals(value)) throw new Boom();
                }
                case "commit" -> {
                    context.commit();
                    context.forward(record);
                }
                default -> throw new ScenarioException(name);
            }
        }
    }

    private static String place(final ProcessingContext context) {
        // Without a source record ours has no metadata, Java's has no topic.
        return context.recordMetadata().filter(found -> found.topic() != null).map(found -> found.topic() + "-" + found.partition() + "@" + found.offset()).orElse("nowhere");
    }

    private static final class Fixed implements FixedKeyProcessor<Object, Object, Object> {
        private final String name;
        private final List<String> names;
        private FixedKeyProcessorContext<Object, Object> context;
        private KeyValueStore<Object, Object> store;

        Fixed(final String name, final List<String> names) {
            this.name = name;
            this.names = names;
        }

        @Override
        public void init(final FixedKeyProcessorContext<Object, Object> given) {
            context = given;
            if (!names.isEmpty()) store = given.getStateStore(names.get(0));
            if (name.equals("countTimer")) {
                given.schedule(Duration.ofMillis(10), PunctuationType.STREAM_TIME, time -> store.put("timer", text(time)));
            }
        }

        @Override
        public void process(final FixedKeyRecord<Object, Object> record) {
            final Object value = record.value();
            switch (name) {
                case "forward", "countTimer" -> context.forward(record);
                case "drop" -> { }
                case "twice" -> {
                    context.forward(record.withValue(text(value) + "1"));
                    context.forward(record.withValue(text(value) + "2").withTimestamp(record.timestamp() + 1));
                }
                case "remember" -> {
                    if (record.key() == null) return;
                    final Object before = store.get(record.key());
                    store.put(record.key(), value);
                    context.forward(record.withValue(text(before) + ">" + text(value)).withTimestamp(record.timestamp() + 1));
                }
                case "header" -> {
                    record.headers().add("p", text(value).getBytes(StandardCharsets.UTF_8));
                    context.forward(record);
                }
                case "time" -> context.forward(record.withValue(text(context.currentStreamTimeMs()) + "/" + text(context.currentSystemTimeMs())));
                case "place" -> context.forward(record.withValue(place(context)));
                case "failOnX" -> {
                    context.forward(record.withValue(text(value) + "!"));
                    if ("x".equals(value)) throw new Boom();
                }
                default -> throw new ScenarioException(name);
            }
        }
    }

    private Processors() { }
}
