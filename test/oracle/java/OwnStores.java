package oracle;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.HeadersBytesStore;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.StoreSupplier;
import org.apache.kafka.streams.state.TimestampedBytesStore;
import org.apache.kafka.streams.state.VersionedBytesStore;
import org.apache.kafka.streams.state.WindowStore;

/** Stores that a program brings itself: around those of the library, and a call of theirs may fail; test/oracle/own-stores.ts is the twin. */
final class OwnStores {
    private static final List<Class<?>> FACES = List.of(
        KeyValueStore.class, VersionedBytesStore.class, WindowStore.class, SessionStore.class, TimestampedBytesStore.class, HeadersBytesStore.class);

    /** As {@code inner}, with stores of one's own. {@code failing}: the call that fails for the key "bad", {@code close}, or one that goes backward. */
    static <T extends StoreSupplier<?>> T supplier(final Class<T> type, final T inner, final String failing) {
        return type.cast(around(inner, List.of(type), (proxy, method, given) -> {
            final Object found = method.invoke(inner, given);
            return found instanceof StateStore store ? own(store, failing) : found;
        }));
    }

    private static Object own(final StateStore inner, final String failing) {
        return around(inner, FACES.stream().filter(face -> face.isInstance(inner)).toList(), (proxy, method, given) -> {
            final boolean isFailing = method.getName().equals(failing);
            // As the interface does it unless a store overrides it.
            if (isFailing && failing.startsWith("backward")) throw new UnsupportedOperationException();
            if (isFailing && given != null && isBad(given[0])) throw new ProcessorStateException("no " + failing + " of such a key");
            final Object found = method.invoke(inner, given);
            if (isFailing && failing.equals("close")) throw new ProcessorStateException("not closed");
            return found;
        });
    }

    private static Object around(final Object inner, final List<Class<?>> faces, final InvocationHandler calls) {
        return Proxy.newProxyInstance(inner.getClass().getClassLoader(), faces.toArray(Class<?>[]::new), (proxy, method, given) -> {
            try {
                return calls.invoke(proxy, method, given);
            } catch (final InvocationTargetException error) {
                throw error.getCause();
            }
        });
    }

    private static boolean isBad(final Object key) {
        if (key instanceof Windowed<?> windowed) return isBad(windowed.key());
        return key instanceof Bytes bytes && Arrays.equals(bytes.get(), "bad".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private OwnStores() { }
}
