package oracle;

import static oracle.Functions.text;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.AggregationWithHeaders;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;

/** Processors with session stores; test/oracle/processors/sessions.ts is the twin. */
final class SessionProcessors {
    /** What is done with a record that has a key. */
    private interface Step {
        void process(ProcessorContext<Object, Object> context, SessionStore<Object, Object> store, Record<Object, Object> record);
    }

    private static void keyed(final Processors all, final String name, final Step step) {
        all.free(name, (context, stores) -> {
            final SessionStore<Object, Object> store = stores.get(0);
            return record -> {
                if (record.key() != null) step.process(context, store, record);
            };
        });
    }

    static void add(final Processors all) {
        keyed(all, "sessionPut", (context, store, record) -> {
            store.put(session(record.key(), record.timestamp()), record.value());
            context.forward(record.withValue(rows(store.findSessions(record.key(), record.timestamp() - 30, record.timestamp() + 30))));
        });
        keyed(all, "sessionPutBackward", (context, store, record) -> {
            final Windowed<Object> session = session(record.key(), record.timestamp());
            final Object before = store.fetchSession(record.key(), session.window().start(), session.window().end());
            store.put(session, record.value());
            context.forward(record.withValue(text(before) + ": " + rows(store.backwardFetch(record.key()))));
        });
        keyed(all, "sessionRemove", (context, store, record) -> {
            store.remove(session(record.key(), record.timestamp()));
            store.put(session(record.key(), record.timestamp() + 20), record.value());
            context.forward(record.withValue(rows(store.fetch(record.key()))));
        });
        keyed(all, "sessionScan", (context, store, record) ->
            context.forward(record.withValue(rows(store.findSessions("a", record.key(), record.timestamp() - 20, record.timestamp() + 20)))));
        keyed(all, "sessionLookup", (context, store, record) -> context.forward(record.withValue(rows(store.fetch(record.key())))));
    }

    private static Windowed<Object> session(final Object key, final long time) {
        return new Windowed<>(key, new SessionWindow(Math.floorDiv(time, 10L) * 10, time));
    }

    private static String rows(final KeyValueIterator<Windowed<Object>, Object> rows) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            rows.forEachRemaining(row -> found.add(text(row.key) + "=" + text(row.value instanceof AggregationWithHeaders<?> kept ? kept.aggregation() : row.value)));
        }
        return String.join(" ", found);
    }

    private SessionProcessors() { }
}
