package oracle;

import static oracle.Functions.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.streams.kstream.ValueTransformerWithKey;
import org.apache.kafka.streams.kstream.ValueTransformerWithKeySupplier;
import org.apache.kafka.streams.processor.ProcessorContext;
import org.apache.kafka.streams.processor.To;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/** The registry of functions of transformValues of a table; test/oracle/processors/transformers.ts is the twin. */
final class Transformers {
    /** Opened for each node and each view; the function gets key and value. */
    private interface Opener {
        BiFunction<Object, Object, Object> open(ProcessorContext context, List<String> stores);
    }

    private static final Map<String, Opener> ALL = new HashMap<>();

    static {
        ALL.put("text", (context, stores) -> (key, value) -> text(value));
        ALL.put("keyAndValue", (context, stores) -> (key, value) -> text(key) + "=" + text(value));
        ALL.put("present", (context, stores) -> (key, value) -> value == null ? null : text(value));
        ALL.put("nullOnB", (context, stores) -> (key, value) -> "b".equals(value) ? null : text(value));
        ALL.put("null", (context, stores) -> (key, value) -> null);
        ALL.put("failOnX", (context, stores) -> (key, value) -> {
            if ("x".equals(value)) throw new Boom();
            return text(value);
        });
        ALL.put("calls", (context, stores) -> {
            final int[] calls = {0};
            return (key, value) -> ++calls[0] + ":" + text(value);
        });
        ALL.put("times", (context, stores) -> (key, value) -> text(value) + "@" + context.currentStreamTimeMs() + "/" + context.currentSystemTimeMs());
        ALL.put("remember", (context, stores) -> {
            final KeyValueStore<Object, Object> store = context.getStateStore(stores.get(0));
            return (key, value) -> {
                final Object before = store.get(key);
                store.put(key, value);
                return text(before) + ">" + text(value);
            };
        });
        ALL.put("lookup", (context, stores) -> {
            final KeyValueStore<Object, Object> store = context.getStateStore(stores.get(0));
            return (key, value) -> {
                final Object found = store.get(key);
                return text(value) + "/" + text(found instanceof ValueAndTimestamp<?> row ? row.value() : found);
            };
        });
        ALL.put("forwards", (context, stores) -> (key, value) -> {
            context.forward(key, value, To.all());
            return text(value);
        });
    }

    static ValueTransformerWithKeySupplier<Object, Object, Object> supplier(final String name, final List<String> stores) {
        final Opener found = ALL.get(name);
        if (found == null) throw new ScenarioException("transformer \"" + name + "\" is not known");
        return () -> new ValueTransformerWithKey<>() {
            private BiFunction<Object, Object, Object> opened;

            @Override
            public void init(final ProcessorContext context) {
                opened = found.open(context, stores);
            }

            @Override
            public Object transform(final Object key, final Object value) {
                return opened.apply(key, value);
            }

            @Override
            public void close() { }
        };
    }

    private Transformers() { }
}
