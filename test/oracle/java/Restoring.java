// In the package of the library, for the task of a driver.
package org.apache.kafka.streams;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.internals.ProcessorContextImpl;
import org.apache.kafka.streams.processor.internals.ProcessorStateManager;
import org.apache.kafka.streams.test.TestRecord;

/** Restores the stores of a driver from records of their changelogs, as a restarted application does. */
public final class Restoring {
    public static void restore(final TopologyTestDriver driver, final Map<String, List<TestRecord<byte[], byte[]>>> changelogs) throws Throwable {
        if (driver.task == null) return;
        final ProcessorStateManager manager = (ProcessorStateManager) ((ProcessorContextImpl) driver.task.processorContext()).stateManager();
        final Method find = ProcessorStateManager.class.getDeclaredMethod("storeMetadata", TopicPartition.class);
        final Method restore = ProcessorStateManager.class.getDeclaredMethod("restore", ProcessorStateManager.StateStoreMetadata.class, List.class, OptionalLong.class);
        find.setAccessible(true);
        restore.setAccessible(true);
        for (final Map.Entry<String, List<TestRecord<byte[], byte[]>>> changelog : changelogs.entrySet()) {
            final Object store = find.invoke(manager, new TopicPartition(changelog.getKey(), 0));
            if (store == null) continue;
            try {
                restore.invoke(manager, store, records(changelog.getKey(), changelog.getValue()), OptionalLong.empty());
            } catch (final InvocationTargetException error) {
                throw error.getCause();
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(final String topic, final List<TestRecord<byte[], byte[]>> written) {
        final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (final TestRecord<byte[], byte[]> record : written) {
            // The library's reader of changelogs leaves them out, and is not asked here.
            if (record.key() == null) continue;
            records.add(new ConsumerRecord<>(topic, 0, records.size(), record.timestamp() == null ? 0 : record.timestamp(), TimestampType.CREATE_TIME, -1, -1, record.key(), record.value(), record.headers(), Optional.empty()));
        }
        return records;
    }

    private Restoring() { }
}
