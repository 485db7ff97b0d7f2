package oracle;

import static oracle.Functions.text;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.AggregationWithHeaders;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.SessionStoreWithHeaders;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.TimestampedKeyValueStoreWithHeaders;
import org.apache.kafka.streams.state.TimestampedWindowStore;
import org.apache.kafka.streams.state.TimestampedWindowStoreWithHeaders;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.ValueTimestampHeaders;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** Processors that do what the value of a record says; test/oracle/processors/calls.ts is the twin, and says how calls are written. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class CallProcessors {
    /** What a call gives: an iterator, a text, or null. */
    private interface Calls {
        Object call(StateStore store, String[] words, Record<Object, Object> record);
    }

    static void add(final Processors all) {
        calls(all, "keyValueCalls", CallProcessors::keyValue, CallProcessors::plain);
        calls(all, "stampedCalls", CallProcessors::keyValue, CallProcessors::stamped);
        calls(all, "headedCalls", CallProcessors::keyValue, CallProcessors::headed);
        // The same, and only values are shown.
        calls(all, "stampedValueCalls", CallProcessors::keyValue, CallProcessors::plain);
        calls(all, "headedValueCalls", CallProcessors::keyValue, CallProcessors::plain);
        calls(all, "windowCalls", CallProcessors::window, CallProcessors::plain);
        calls(all, "sessionCalls", CallProcessors::session, CallProcessors::plain);
        calls(all, "versionedCalls", CallProcessors::versioned, CallProcessors::plain);
    }

    private static void calls(final Processors all, final String name, final Calls known, final Function<Object, String> show) {
        all.free(name, (context, stores) -> {
            final StateStore store = stores.get(0);
            return record -> {
                final List<String> said = new ArrayList<>();
                for (final String call : text(record.value()).split(";")) said.add(one(store, call.strip().split(" "), record, known, show));
                context.forward(record.withValue(String.join(" | ", said)));
            };
        });
    }

    private static String one(final StateStore store, final String[] given, final Record<Object, Object> record, final Calls known, final Function<Object, String> show) {
        final boolean isSome = given[0].equals("some");
        final boolean isAcross = given[0].equals("across");
        final boolean isLeft = given[0].equals("leave");
        final String[] words = Arrays.copyOfRange(given, isSome || isAcross ? 2 : isLeft ? 1 : 0, given.length);
        final Object found = known.call(store, words, record);
        if (isLeft) return ((KeyValueIterator<?, ?>) found).hasNext() ? "more" : "";
        if (!(found instanceof KeyValueIterator<?, ?> rows)) return found instanceof Shown shown ? show.apply(shown.value) : found == null ? "" : (String) found;
        return rows(rows, isSome ? Integer.parseInt(given[1]) : Integer.MAX_VALUE, isAcross ? () -> ((KeyValueStore) store).delete(given[1]) : () -> { }, show);
    }

    /** A value of a store. */
    private record Shown(Object value) { }

    /** Peeks at each key, and looks beyond the end. */
    private static String rows(final KeyValueIterator<?, ?> rows, final int limit, final Runnable afterFirst, final Function<Object, String> show) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            while (found.size() < limit && rows.hasNext()) {
                final Object peeked = rows.peekNextKey();
                final KeyValue<?, ?> row = rows.next();
                if (!row.key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
                found.add(text(row.key) + "=" + show.apply(row.value));
                if (found.size() == 1) afterFirst.run();
            }
            if (found.size() < limit) {
                refuses(rows::next);
                refuses(rows::peekNextKey);
            }
        }
        afterTheEnd(rows);
        return String.join(" ", found);
    }

    static void refuses(final Runnable beyondTheEnd) {
        try {
            beyondTheEnd.run();
        } catch (final NoSuchElementException expected) {
            return;
        }
        throw new IllegalStateException("there is something beyond the end");
    }

    /** An iterator that is closed refuses, or has what it had. */
    private static void afterTheEnd(final KeyValueIterator<?, ?> rows) {
        try {
            rows.hasNext();
        } catch (final IllegalStateException | InvalidStateStoreException refused) {
            return;
        }
    }

    private static Object wrap(final StateStore store, final String value, final Record<Object, Object> record) {
        if (value.equals("-")) return null;
        if (store instanceof TimestampedKeyValueStoreWithHeaders || store instanceof TimestampedWindowStoreWithHeaders) return ValueTimestampHeaders.make(value, record.timestamp(), record.headers());
        if (store instanceof TimestampedKeyValueStore || store instanceof TimestampedWindowStore) return ValueAndTimestamp.make(value, record.timestamp());
        if (store instanceof SessionStoreWithHeaders) return AggregationWithHeaders.make(value, record.headers());
        return value;
    }

    private static Object keyValue(final StateStore store, final String[] words, final Record<Object, Object> record) {
        final KeyValueStore<Object, Object> rows = (KeyValueStore<Object, Object>) store;
        switch (words[0]) {
            case "put" -> rows.put(words[1], wrap(store, words[2], record));
            case "putAll" -> {
                final List<KeyValue<Object, Object>> given = new ArrayList<>();
                for (int index = 1; index < words.length; index++) {
                    final String[] row = words[index].split("=");
                    given.add(KeyValue.pair(row[0], wrap(store, row[1], record)));
                }
                rows.putAll(given);
            }
            default -> {
                return switch (words[0]) {
                    case "putIfAbsent" -> new Shown(rows.putIfAbsent(words[1], wrap(store, words[2], record)));
                    case "delete" -> new Shown(rows.delete(words[1]));
                    case "get" -> new Shown(rows.get(words[1]));
                    case "all" -> rows.all();
                    case "reverseAll" -> rows.reverseAll();
                    case "range" -> rows.range(key(words[1]), key(words[2]));
                    case "reverseRange" -> rows.reverseRange(key(words[1]), key(words[2]));
                    case "prefix" -> rows.prefixScan(words[1], (Serializer) new StringSerializer());
                    case "count" -> String.valueOf(rows.approximateNumEntries());
                    default -> throw unknown(words);
                };
            }
        }
        return null;
    }

    private static Object window(final StateStore store, final String[] words, final Record<Object, Object> record) {
        final WindowStore<Object, Object> rows = (WindowStore<Object, Object>) store;
        if (words[0].equals("put")) {
            rows.put(words[1], wrap(store, words[2], record), Long.parseLong(words[3]));
            return null;
        }
        return switch (words[0]) {
            case "get" -> new Shown(rows.fetch(words[1], Long.parseLong(words[2])));
            case "fetch" -> same(rows.fetch(words[1], at(words[2]), until(words[3])), rows.fetch(words[1], first(words[2]), last(words[3])));
            case "backwardFetch" -> same(rows.backwardFetch(words[1], at(words[2]), until(words[3])), rows.backwardFetch(words[1], first(words[2]), last(words[3])));
            case "range" -> same(rows.fetch(key(words[1]), key(words[2]), at(words[3]), until(words[4])), rows.fetch(key(words[1]), key(words[2]), first(words[3]), last(words[4])));
            case "backwardRange" -> same(rows.backwardFetch(key(words[1]), key(words[2]), at(words[3]), until(words[4])), rows.backwardFetch(key(words[1]), key(words[2]), first(words[3]), last(words[4])));
            case "fetchAll" -> same(rows.fetchAll(at(words[1]), until(words[2])), rows.fetchAll(first(words[1]), last(words[2])));
            case "backwardFetchAll" -> same(rows.backwardFetchAll(at(words[1]), until(words[2])), rows.backwardFetchAll(first(words[1]), last(words[2])));
            case "all" -> rows.all();
            case "backwardAll" -> rows.backwardAll();
            default -> throw unknown(words);
        };
    }

    private static Object session(final StateStore store, final String[] words, final Record<Object, Object> record) {
        final SessionStore<Object, Object> rows = (SessionStore<Object, Object>) store;
        switch (words[0]) {
            case "put" -> rows.put(session(words[1], words[3], words[4]), wrap(store, words[2], record));
            case "remove" -> rows.remove(session(words[1], words[2], words[3]));
            default -> {
                return switch (words[0]) {
                    case "get" -> new Shown(rows.fetchSession(words[1], Long.parseLong(words[2]), Long.parseLong(words[3])));
                    case "fetch" -> rows.fetch(words[1]);
                    case "backwardFetch" -> rows.backwardFetch(words[1]);
                    case "range" -> rows.fetch(key(words[1]), key(words[2]));
                    case "backwardRange" -> rows.backwardFetch(key(words[1]), key(words[2]));
                    case "find" -> same(rows.findSessions(words[1], at(words[2]), until(words[3])), rows.findSessions(words[1], first(words[2]), last(words[3])));
                    case "backwardFind" -> same(rows.backwardFindSessions(words[1], at(words[2]), until(words[3])), rows.backwardFindSessions(words[1], first(words[2]), last(words[3])));
                    case "findRange" -> same(rows.findSessions(key(words[1]), key(words[2]), at(words[3]), until(words[4])), rows.findSessions(key(words[1]), key(words[2]), first(words[3]), last(words[4])));
                    case "backwardFindRange" -> same(rows.backwardFindSessions(key(words[1]), key(words[2]), at(words[3]), until(words[4])), rows.backwardFindSessions(key(words[1]), key(words[2]), first(words[3]), last(words[4])));
                    default -> throw unknown(words);
                };
            }
        }
        return null;
    }

    private static Object versioned(final StateStore store, final String[] words, final Record<Object, Object> record) {
        final VersionedKeyValueStore<Object, Object> rows = (VersionedKeyValueStore<Object, Object>) store;
        return switch (words[0]) {
            case "put" -> {
                final long next = rows.put(words[1], key(words[2]), Long.parseLong(words[3]));
                yield next == VersionedKeyValueStore.PUT_RETURN_CODE_NOT_PUT ? "no" : String.valueOf(next);
            }
            case "delete" -> VersionedProcessors.shown(rows.delete(words[1], Long.parseLong(words[2])));
            case "get" -> VersionedProcessors.shown(words.length == 2 ? rows.get(words[1]) : rows.get(words[1], Long.parseLong(words[2])));
            default -> throw unknown(words);
        };
    }

    /** The library asks with instants, too: the answer must be the same. The first is closed. */
    private static KeyValueIterator<?, ?> same(final KeyValueIterator<?, ?> byInstants, final KeyValueIterator<?, ?> byNumbers) {
        try (byInstants) {
            if (byInstants.hasNext() != byNumbers.hasNext()) throw new IllegalStateException("with instants something else is found");
        }
        return byNumbers;
    }

    private static ScenarioException unknown(final String[] words) {
        return new ScenarioException("call \"" + words[0] + "\" is not known");
    }

    private static Object key(final String word) {
        return word.equals("-") ? null : word;
    }

    private static long first(final String word) {
        return word.equals("-") ? 0 : Long.parseLong(word);
    }

    private static long last(final String word) {
        return word.equals("-") ? Long.MAX_VALUE : Long.parseLong(word);
    }

    private static Instant at(final String word) {
        return Instant.ofEpochMilli(first(word));
    }

    private static Instant until(final String word) {
        return Instant.ofEpochMilli(last(word));
    }

    private static Windowed<Object> session(final String key, final String start, final String end) {
        return new Windowed<>(key, new SessionWindow(Long.parseLong(start), Long.parseLong(end)));
    }

    private static Object bare(final Object given) {
        if (given instanceof ValueAndTimestamp<?> found) return found.value();
        if (given instanceof ValueTimestampHeaders<?> found) return found.value();
        return given instanceof AggregationWithHeaders<?> found ? found.aggregation() : given;
    }

    private static String plain(final Object given) {
        return text(bare(given));
    }

    private static String stamped(final Object given) {
        if (given == null) return "~";
        final ValueAndTimestamp<?> found = (ValueAndTimestamp<?>) given;
        return text(found.value()) + "@" + found.timestamp();
    }

    private static String headed(final Object given) {
        if (given == null) return "~";
        final ValueTimestampHeaders<?> found = (ValueTimestampHeaders<?>) given;
        final StringBuilder shown = new StringBuilder(text(found.value()) + "@" + found.timestamp());
        for (final Header header : found.headers()) shown.append('#').append(header.key());
        return shown.toString();
    }

    private CallProcessors() { }
}
