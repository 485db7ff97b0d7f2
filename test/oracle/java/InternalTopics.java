// In the package of the library, for the internal view of a topology: which topics it makes, and how.
package org.apache.kafka.streams;

import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.internals.InternalTopicConfig;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.processor.internals.RepartitionTopicConfig;

/** The internal topics of a topology, by their full names, with their configurations; {@code partitions} where the topology says how many. */
public final class InternalTopics {
    /** Of a topology that no driver has been made of. */
    public static Map<String, Map<String, String>> ofBuilt(final Topology topology, final Properties config) {
        topology.internalTopologyBuilder.rewriteTopology(new StreamsConfig(config));
        topology.internalTopologyBuilder.buildTopology();
        return of(topology);
    }

    /** Of a topology that a driver runs. */
    public static Map<String, Map<String, String>> of(final Topology topology) {
        final Map<String, Map<String, String>> found = new TreeMap<>();
        for (final InternalTopologyBuilder.TopicsInfo topics : topology.internalTopologyBuilder.subtopologyToTopicsInfo().values()) {
            topics.repartitionSourceTopics.values().forEach(topic -> found.put(topic.name(), configsOf(topic)));
            topics.nonSourceChangelogTopics().forEach(topic -> found.put(topic.name(), configsOf(topic)));
        }
        return found;
    }

    private static Map<String, String> configsOf(final InternalTopicConfig topic) {
        final Map<String, String> configs = new TreeMap<>(topic.properties(Map.of(), 86_400_000L));
        if (topic instanceof RepartitionTopicConfig && topic.hasEnforcedNumberOfPartitions()) topic.numberOfPartitions().ifPresent(count -> configs.put("partitions", String.valueOf(count)));
        return configs;
    }

    private InternalTopics() { }
}
