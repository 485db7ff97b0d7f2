// In the package of the library, whose leader of a group is not public.
package org.apache.kafka.streams.processor.internals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupAssignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.assignment.ApplicationState;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment.AssignedTask;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.assignment.TaskAssignmentUtils;
import org.apache.kafka.streams.processor.assignment.TaskAssignmentUtils.RackAwareOptimizationParams;
import org.apache.kafka.streams.processor.assignment.TaskAssignor;
import org.apache.kafka.streams.processor.internals.assignment.LegacyStickyTaskAssignor;
import org.apache.kafka.streams.processor.internals.assignment.ReferenceContainer;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Answers, for each group in the file that is its argument (a JSON object in each line), what Java's leader of the group sends to each member:
 * the bytes of `Assignment`, as hex, by member id; or the error that it ends with. The whole of `StreamsPartitionAssignor` runs, only the
 * cluster around it (metadata, end offsets, committed offsets, internal topics) is what the line says.
 */
public final class Assignments {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HexFormat HEX = HexFormat.of();

    public static void main(final String[] arguments) throws Exception {
        final PrintStream out = System.out;
        System.setOut(System.err);
        for (final String line : Files.readAllLines(Path.of(arguments[0]))) {
            final ObjectNode answer = JSON.createObjectNode();
            computed = null;
            try {
                answer.set("members", membersOf(new Assignments(JSON.readTree(line)).assign()));
            } catch (final RuntimeException refused) {
                answer.put("error", refused.getClass().getSimpleName() + ": " + refused.getMessage());
            }
            if (computed != null) answer.set("computed", computed);
            out.println(JSON.writeValueAsString(answer));
        }
    }

    private static ObjectNode membersOf(final Map<String, Assignment> assignments) {
        final ObjectNode members = JSON.createObjectNode();
        for (final Map.Entry<String, Assignment> entry : new TreeMap<>(assignments).entrySet()) {
            final ObjectNode member = members.putObject(entry.getKey());
            entry.getValue().partitions().forEach(partition -> member.withArray("partitions").add(partition.toString()));
            final ByteBuffer data = entry.getValue().userData();
            final byte[] bytes = new byte[data.rewind().remaining()];
            data.get(bytes);
            data.rewind();
            member.put("info", HEX.formatHex(bytes));
        }
        return members;
    }

    private final JsonNode group;
    private final Map<String, Node> nodes = new HashMap<>();

    private Assignments(final JsonNode group) {
        this.group = group;
    }

    private Map<String, Assignment> assign() {
        custom = group.get("custom");
        steps = group.get("steps");
        final StreamsConfig config = new StreamsConfig(properties());
        final TopologyMetadata topology = new TopologyMetadata(topology(), config);
        topology.buildAndRewriteTopology();
        final ReferenceContainer container = new ReferenceContainer();
        container.time = (Time) proxy(Time.class, Map.of("milliseconds", ignored -> group.get("nowMs").asLong()));
        container.adminClient = (Admin) proxy(Admin.class, Map.of("listOffsets", args -> listOffsets((Map<?, ?>) args[0])));
        container.mainConsumer = consumer();
        container.clientTags = Map.of();
        container.streamsMetadataState = new StreamsMetadataState(topology, new HostInfo("unknown", -1), new LogContext());
        container.taskManager = new TaskManager(container.time, null, new ProcessId(UUID.fromString(group.get("leaderProcess").asText())), "",
            null, null, null, topology, container.adminClient, null, null, null);
        final Map<String, Object> properties = properties();
        properties.put(StreamsConfig.InternalConfig.REFERENCE_CONTAINER_PARTITION_ASSIGNOR, container);
        final StreamsPartitionAssignor assignor = new StreamsPartitionAssignor();
        assignor.configure(properties);
        assignor.setInternalTopicManager(new Topics(container, config));
        return assignor.assign(cluster(), new GroupSubscription(subscriptions())).groupAssignment();
    }

    private static JsonNode custom;
    private static JsonNode steps;
    /** What `onAssignmentComputed` was told last. */
    private static ObjectNode computed;

    /** Gives what the group has it give, after the steps of the group: calls of `TaskAssignmentUtils`. */
    public static final class Custom implements TaskAssignor {
        @Override
        public TaskAssignment assign(final ApplicationState state) {
            if (steps.isEmpty()) return new TaskAssignment(given());
            final Map<ProcessId, KafkaStreamsAssignment> assignments = new HashMap<>();
            for (final KafkaStreamsAssignment assignment : given()) assignments.put(assignment.processId(), assignment);
            for (final JsonNode step : steps) {
                switch (step.get("call").asText()) {
                    case "identity" -> assignments.putAll(TaskAssignmentUtils.identityAssignment(state));
                    case "standbys" -> TaskAssignmentUtils.defaultStandbyTaskAssignment(state, assignments);
                    case "active" -> TaskAssignmentUtils.optimizeRackAwareActiveTasks(paramsOf(state, step), assignments);
                    case "standby" -> TaskAssignmentUtils.optimizeRackAwareStandbyTasks(paramsOf(state, step), assignments);
                    default -> throw new IllegalArgumentException(step.toString());
                }
            }
            final TaskAssignment made = new TaskAssignment(assignments.values());
            validated = TaskAssignmentUtils.validateTaskAssignment(state, made);
            return made;
        }

        private AssignmentError validated;

        @Override
        public void onAssignmentComputed(final GroupAssignment assignment, final GroupSubscription subscription, final AssignmentError error) {
            if (validated != null && validated != error) throw new IllegalStateException(validated + " and " + error);
            computed = JSON.createObjectNode().put("error", error.name());
            computed.set("members", membersOf(assignment.groupAssignment()));
            new TreeMap<>(subscription.groupSubscription()).keySet().forEach(member -> computed.withArray("subscribed").add(member));
        }

        private static RackAwareOptimizationParams paramsOf(final ApplicationState state, final JsonNode step) {
            RackAwareOptimizationParams params = RackAwareOptimizationParams.of(state);
            if (step.hasNonNull("trafficCost")) params = params.withTrafficCostOverride(step.get("trafficCost").asInt());
            if (step.hasNonNull("nonOverlapCost")) params = params.withNonOverlapCostOverride(step.get("nonOverlapCost").asInt());
            if (!step.hasNonNull("tasks")) return params;
            if (step.get("tasks").isArray()) {
                final TreeSet<TaskId> tasks = new TreeSet<>();
                for (final JsonNode task : step.get("tasks")) tasks.add(TaskId.parse(task.asText()));
                return params.forTasks(tasks);
            }
            return step.get("tasks").asText().equals("stateful") ? params.forStatefulTasks() : params.forStatelessTasks();
        }

        private static List<KafkaStreamsAssignment> given() {
            final List<KafkaStreamsAssignment> assignments = new ArrayList<>();
            for (final JsonNode process : custom) {
                final Set<AssignedTask> tasks = new HashSet<>();
                for (final JsonNode task : process.get("active")) tasks.add(new AssignedTask(TaskId.parse(task.asText()), AssignedTask.Type.ACTIVE));
                for (final JsonNode task : process.get("standby")) tasks.add(new AssignedTask(TaskId.parse(task.asText()), AssignedTask.Type.STANDBY));
                final KafkaStreamsAssignment made =
                    KafkaStreamsAssignment.of(new ProcessId(UUID.fromString(process.get("processId").asText())), tasks);
                assignments.add(process.has("followupRebalanceMs")
                    ? made.withFollowupRebalance(Instant.ofEpochMilli(process.get("followupRebalanceMs").asLong())) : made);
            }
            return assignments;
        }
    }

    private Map<String, Object> properties() {
        final Map<String, Object> properties = new HashMap<>();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
        group.get("properties").properties().forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
        if (group.get("assignor").asText().equals("legacy-sticky")) {
            properties.put("internal.task.assignor.class", LegacyStickyTaskAssignor.class.getName());
        }
        return properties;
    }

    private InternalTopologyBuilder topology() {
        final InternalTopologyBuilder builder = new InternalTopologyBuilder();
        int number = 0;
        for (final JsonNode subtopology : group.get("subtopologies")) {
            for (final JsonNode topic : subtopology.get("repartitionSources")) {
                final int partitions = topic.get("partitions").asInt();
                builder.addInternalTopic(topic.get("name").asText(), partitions == 0
                    ? InternalTopicProperties.empty() : new InternalTopicProperties(partitions));
            }
        }
        for (final JsonNode subtopology : group.get("subtopologies")) {
            final String name = String.format("%03d", number++);
            final List<String> sources = new ArrayList<>();
            for (final JsonNode topic : subtopology.get("sources")) sources.add(topic.asText());
            for (final JsonNode topic : subtopology.get("repartitionSources")) sources.add(topic.get("name").asText());
            final List<String> sourceNodes = new ArrayList<>();
            for (final String topic : sources) {
                final String node = "source-" + name + "-" + String.format("%03d", sourceNodes.size());
                builder.addSource(null, node, null, null, null, topic);
                sourceNodes.add(node);
            }
            final ProcessorSupplier<Object, Object, Object, Object> nothing = Nothing::new;
            builder.addProcessor("processor-" + name, nothing, sourceNodes.toArray(new String[0]));
            for (final JsonNode store : subtopology.get("stores")) {
                final StoreBuilder<KeyValueStore<String, String>> made = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(store.get("name").asText()), Serdes.String(), Serdes.String());
                if (!store.get("isLogged").asBoolean()) made.withLoggingDisabled();
                if (store.hasNonNull("source")) {
                    made.withLoggingDisabled();
                    builder.connectSourceStoreAndTopic(store.get("name").asText(), store.get("source").asText());
                }
                builder.addStateStore(made, "processor-" + name);
            }
            for (final JsonNode topic : subtopology.get("sinks")) {
                builder.addSink("sink-" + name + "-" + topic.asText(), topic.asText(), null, null, null, "processor-" + name);
            }
            if (subtopology.get("isCopartitioned").asBoolean()) builder.copartitionSources(sourceNodes);
        }
        return builder;
    }

    private Cluster cluster() {
        final List<PartitionInfo> partitions = new ArrayList<>();
        group.get("topics").properties().forEach(entry -> {
            int partition = 0;
            for (final JsonNode racks : entry.getValue()) {
                final Node[] replicas = replicas(racks).toArray(new Node[0]);
                partitions.add(new PartitionInfo(entry.getKey(), partition++, null, replicas, replicas));
            }
        });
        return new Cluster("cluster", new HashSet<>(nodes.values()), partitions, Set.of(), Set.of());
    }

    private List<Node> replicas(final JsonNode racks) {
        final List<Node> replicas = new ArrayList<>();
        for (final JsonNode rack : racks) {
            replicas.add(nodes.computeIfAbsent(rack.asText(), ignored ->
                new Node(nodes.size(), "localhost", 1, rack.isNull() ? null : rack.asText())));
        }
        return replicas;
    }

    private Map<String, Subscription> subscriptions() {
        final Map<String, Subscription> subscriptions = new HashMap<>();
        for (final JsonNode member : group.get("members")) {
            final List<TopicPartition> owned = new ArrayList<>();
            for (final JsonNode partition : member.get("owned")) owned.add(new TopicPartition(partition.get(0).asText(), partition.get(1).asInt()));
            subscriptions.put(member.get("id").asText(), new Subscription(List.of(), ByteBuffer.wrap(HEX.parseHex(member.get("info").asText())),
                owned, 1, Optional.ofNullable(member.get("rack").textValue())));
        }
        return subscriptions;
    }

    private ListOffsetsResult listOffsets(final Map<?, ?> asked) {
        if (group.get("endOffsets").isNull()) throw new TimeoutException("as the group has it");
        final Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> found = new HashMap<>();
        for (final Object key : asked.keySet()) {
            final TopicPartition partition = (TopicPartition) key;
            final long offset = group.get("endOffsets").get(partition.topic()).get(partition.partition()).asLong();
            found.put(partition, KafkaFuture.completedFuture(new ListOffsetsResultInfo(offset, -1, Optional.empty())));
        }
        return new ListOffsetsResult(found);
    }

    @SuppressWarnings("unchecked")
    private Consumer<byte[], byte[]> consumer() {
        return (Consumer<byte[], byte[]>) proxy(Consumer.class, Map.of("committed", args -> {
            final Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>();
            for (final TopicPartition partition : (Set<TopicPartition>) args[0]) {
                final long offset = group.get("endOffsets").get(partition.topic()).get(partition.partition()).asLong();
                found.put(partition, new OffsetAndMetadata(offset));
            }
            return found;
        }));
    }

    private interface Answer {
        Object to(Object[] arguments);
    }

    private static Object proxy(final Class<?> type, final Map<String, Answer> answers) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
            final Answer answer = answers.get(method.getName());
            if (answer == null) throw new UnsupportedOperationException(method.toString());
            return answer.to(arguments);
        });
    }

    /** Internal topics: all exist. */
    private final class Topics extends InternalTopicManager {
        private Topics(final ReferenceContainer container, final StreamsConfig config) {
            super(container.time, container.adminClient, config);
        }

        @Override
        public Set<String> makeReady(final Map<String, InternalTopicConfig> topics) {
            return Set.of();
        }

        @Override
        public Map<String, List<TopicPartitionInfo>> getTopicPartitionInfo(final Set<String> topics) {
            final Map<String, List<TopicPartitionInfo>> found = new HashMap<>();
            for (final String topic : topics) {
                final List<TopicPartitionInfo> partitions = new ArrayList<>();
                final JsonNode racks = group.get("internalTopics").has(topic) ? group.get("internalTopics").get(topic) : group.get("topics").get(topic);
                for (final JsonNode ofPartition : racks) {
                    final List<Node> replicas = replicas(ofPartition);
                    partitions.add(new TopicPartitionInfo(partitions.size(), null, replicas, replicas));
                }
                found.put(topic, partitions);
            }
            return found;
        }
    }

    private static final class Nothing extends ContextualProcessor<Object, Object, Object, Object> {
        @Override
        public void process(final Record<Object, Object> record) { }
    }
}
