package oracle;

import static oracle.Functions.text;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.ValueTimestampHeaders;

/** Processors that keep stores from topics, and that read global ones. */
final class GlobalProcessors {
    private interface Step {
        void process(ProcessorContext<Object, Object> context, KeyValueStore<Object, Object> store, Record<Object, Object> record);
    }

    private static void plain(final Processors all, final String name, final Step step) {
        all.free(name, (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            return record -> step.process(context, store, record);
        });
    }

    private static void keyed(final Processors all, final String name, final Step step) {
        plain(all, name, (context, store, record) -> {
            if (record.key() != null) step.process(context, store, record);
        });
    }

    static void add(final Processors all) {
        keyed(all, "keep", (context, store, record) -> store.put(record.key(), record.value()));
        plain(all, "keepPlace", (context, store, record) -> store.put(text(record.key()), PlainProcessors.place(context) + ":" + text(record.value()) + "@" + record.timestamp()));
        keyed(all, "keepCount", (context, store, record) -> {
            final String count = text(store.get(record.key())) + "+";
            store.put(record.key(), count.substring(Math.max(0, count.length() - 12)));
        });
        keyed(all, "keepFailOnX", (context, store, record) -> {
            if ("x".equals(record.value())) throw new Boom();
            store.put(record.key(), record.value());
        });
        plain(all, "lookUp", (context, store, record) -> {
            final Object row = record.value() == null ? null : store.get(record.value());
            context.forward(record.withValue(text(record.value()) + "=" + text(row)));
        });
        plain(all, "lookUpAll", (context, store, record) -> {
            final List<String> rows = new ArrayList<>();
            try (KeyValueIterator<Object, Object> found = store.all()) {
                found.forEachRemaining(row -> rows.add(text(row.key) + ":" + text(row.value)));
            }
            context.forward(record.withValue(String.join(",", rows)));
        });
        keyed(all, "tableRow", (context, store, record) -> {
            final Object row = store.get(record.key());
            final Object value = row instanceof ValueAndTimestamp<?> stamped ? stamped.value() : row == null ? null : ((ValueTimestampHeaders<?>) row).value();
            context.forward(record.withValue(text(record.value()) + "/" + text(value)));
        });
        plain(all, "lookUpAndWrite", (context, store, record) -> {
            if (record.key() != null) store.put(record.key(), record.value());
        });
    }

    private GlobalProcessors() { }
}
