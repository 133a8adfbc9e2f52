import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.DeleteStreamsGroupOffsetsOptions;
import org.apache.kafka.clients.admin.DescribeClassicGroupsOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeShareGroupsOptions;
import org.apache.kafka.clients.admin.DescribeStreamsGroupsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/** Groups of every kind, with members and without. */
final class GroupSteps {
    private static final List<String> NAMES = List.of("classic", "static", "workers", "sharers", "committed", "nobody", "");

    private GroupSteps() {}

    private static Map<TopicPartition, OffsetAndMetadata> offsets(String topic, long offset) {
        return Map.of(TopicSteps.part(topic, 0), new OffsetAndMetadata(offset, "note"), TopicSteps.part(topic, 1), new OffsetAndMetadata(offset));
    }

    /** One after another, because one that is not there can fail all. */
    private static Steps.Work each(Described describe) {
        return t -> {
            List<Object> all = new ArrayList<>();
            for (String name : NAMES) all.add(describe.of(t, name));
            return all;
        };
    }

    private interface Described {
        Object of(Target target, String group);
    }

    static List<Steps.Step> all() {
        List<Steps.Step> steps = new ArrayList<>();
        steps.addAll(living());
        steps.addAll(changes());
        steps.addAll(others());
        return steps;
    }

    private static List<Steps.Step> living() {
        return List.of(
            Steps.read("listGroups without groups", t -> t.admin.listGroups()),
            Steps.change("members come", t -> {
                t.join("classic", "classic", "orders", Map.of("session.timeout.ms", 30_000));
                t.join("static", "classic", "orders", Map.of("group.instance.id", "first"));
                t.join("workers", "consumer", "orders", Map.of("client.rack", "here"));
                t.join("sharers", "share", "orders", Map.of());
                return null;
            }),
            Steps.await("four groups", t -> t.admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))).all().get().size() == 4),
            Steps.read("listGroups", t -> t.admin.listGroups()),
            Steps.read("listGroups of consumers", t -> t.admin.listGroups(ListGroupsOptions.forConsumerGroups())),
            Steps.read("listGroups of sharers", t -> t.admin.listGroups(ListGroupsOptions.forShareGroups())),
            Steps.read("listGroups of streams", t -> t.admin.listGroups(ListGroupsOptions.forStreamsGroups())),
            Steps.read("listGroups by type", t -> t.admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC)))),
            Steps.read("listGroups by protocol", t -> t.admin.listGroups(new ListGroupsOptions().withProtocolTypes(Set.of("share")))),
            Steps.read("listGroups by state", t -> t.admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY, GroupState.DEAD)))),
            Steps.read("listConsumerGroups", t -> t.admin.listConsumerGroups()),
            Steps.read("describeConsumerGroups", each((t, name) -> t.admin.describeConsumerGroups(List.of(name)).describedGroups())),
            Steps.read("describeConsumerGroups with operations", t -> t.admin.describeConsumerGroups(List.of("workers"), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))),
            Steps.read("describeClassicGroups", each((t, name) -> t.admin.describeClassicGroups(List.of(name)).describedGroups())),
            Steps.read("describeClassicGroups with operations", t -> t.admin.describeClassicGroups(List.of("classic"), new DescribeClassicGroupsOptions().includeAuthorizedOperations(true))),
            Steps.read("describeShareGroups", each((t, name) -> t.admin.describeShareGroups(List.of(name)).describedGroups())),
            Steps.read("describeShareGroups with operations", t -> t.admin.describeShareGroups(List.of("sharers"), new DescribeShareGroupsOptions().includeAuthorizedOperations(true))),
            Steps.read("describeStreamsGroups", each((t, name) -> t.admin.describeStreamsGroups(List.of(name)).describedGroups())),
            Steps.read("describeStreamsGroups with operations", t -> t.admin.describeStreamsGroups(List.of("nobody"), new DescribeStreamsGroupsOptions().includeAuthorizedOperations(true))));
    }

    private static List<Steps.Step> changes() {
        Set<TopicPartition> some = Set.of(TopicSteps.part("orders", 0), TopicSteps.part("nobody", 0));
        return List.of(
            Steps.change("alterConsumerGroupOffsets", t -> t.admin.alterConsumerGroupOffsets("committed", offsets("orders", 3)).all()),
            Steps.change("alterConsumerGroupOffsets of a topic that is not there", t -> t.admin.alterConsumerGroupOffsets("committed", offsets("nobody", 3)).all()),
            Steps.change("alterConsumerGroupOffsets of a living group", t -> t.admin.alterConsumerGroupOffsets("classic", offsets("orders", 3)).all()),
            Steps.change("alterConsumerGroupOffsets of a living group of the new protocol", t -> t.admin.alterConsumerGroupOffsets("workers", offsets("orders", 3)).all()),
            Steps.change("alterConsumerGroupOffsets of sharers", t -> t.admin.alterConsumerGroupOffsets("sharers", offsets("orders", 3)).all()),
            Steps.read("listConsumerGroupOffsets", each((t, name) -> t.admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata())),
            Steps.read("listConsumerGroupOffsets of some", t -> t.admin.listConsumerGroupOffsets(Map.of("committed", new ListConsumerGroupOffsetsSpec().topicPartitions(some)), new ListConsumerGroupOffsetsOptions().requireStable(true)).all()),
            Steps.change("deleteConsumerGroupOffsets", t -> t.admin.deleteConsumerGroupOffsets("committed", Set.of(TopicSteps.part("orders", 1))).all()),
            Steps.change("deleteConsumerGroupOffsets of a living group", t -> t.admin.deleteConsumerGroupOffsets("classic", Set.of(TopicSteps.part("orders", 1))).all()),
            Steps.change("deleteConsumerGroupOffsets of nobody", t -> t.admin.deleteConsumerGroupOffsets("nobody", Set.of(TopicSteps.part("orders", 1))).all()),
            Steps.read("listConsumerGroupOffsets after that", t -> t.admin.listConsumerGroupOffsets("committed").partitionsToOffsetAndMetadata()),
            Steps.change("the static member stops, and stays a member", t -> {
                t.leave("static");
                return null;
            }),
            Steps.change("removeMembersFromConsumerGroup", t -> t.admin.removeMembersFromConsumerGroup("static", new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("first")))).all()),
            Steps.change("removeMembersFromConsumerGroup of nobody", t -> t.admin.removeMembersFromConsumerGroup("classic", new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("nobody")))).all()),
            Steps.change("deleteConsumerGroups that live", t -> t.admin.deleteConsumerGroups(List.of("classic", "workers", "sharers", "nobody")).deletedGroups()),
            Steps.read("listShareGroupOffsets", each((t, name) -> t.admin.listShareGroupOffsets(Map.of(name, new ListShareGroupOffsetsSpec())).all())),
            Steps.read("listShareGroupOffsets of some", t -> t.admin.listShareGroupOffsets(Map.of("sharers", new ListShareGroupOffsetsSpec().topicPartitions(some))).all()),
            Steps.change("alterShareGroupOffsets of a living group", t -> t.admin.alterShareGroupOffsets("sharers", Map.of(TopicSteps.part("orders", 0), 5L)).all()),
            Steps.change("deleteShareGroupOffsets of a living group", t -> t.admin.deleteShareGroupOffsets("sharers", Set.of("orders")).all()),
            Steps.change("members go", t -> {
                for (String group : List.of("classic", "workers", "sharers")) t.leave(group);
                return null;
            }));
    }

    private static List<Steps.Step> others() {
        return List.of(
            Steps.await("all are empty", t -> t.admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY))).all().get().size() == 5),
            Steps.read("listGroups after that", t -> t.admin.listGroups()),
            Steps.read("describeConsumerGroups after that", t -> t.admin.describeConsumerGroups(List.of("classic", "workers", "committed"))),
            Steps.change("alterShareGroupOffsets", t -> t.admin.alterShareGroupOffsets("sharers", Map.of(TopicSteps.part("orders", 0), 5L, TopicSteps.part("nobody", 0), 5L)).partitionResult(TopicSteps.part("orders", 0))),
            Steps.change("alterShareGroupOffsets of nobody", t -> t.admin.alterShareGroupOffsets("nobody", Map.of(TopicSteps.part("orders", 0), 5L)).all()),
            Steps.read("listShareGroupOffsets after that", t -> t.admin.listShareGroupOffsets(Map.of("sharers", new ListShareGroupOffsetsSpec())).all()),
            Steps.change("deleteShareGroupOffsets", t -> t.admin.deleteShareGroupOffsets("sharers", Set.of("orders")).all()),
            Steps.change("deleteShareGroupOffsets of nobody", t -> t.admin.deleteShareGroupOffsets("nobody", Set.of("orders")).all()),
            Steps.read("listShareGroupOffsets at the end", t -> t.admin.listShareGroupOffsets(Map.of("sharers", new ListShareGroupOffsetsSpec())).all()),
            Steps.change("deleteShareGroups", t -> t.admin.deleteShareGroups(List.of("sharers", "nobody", "classic")).deletedGroups()),
            Steps.change("alterStreamsGroupOffsets", t -> t.admin.alterStreamsGroupOffsets("streaming", offsets("orders", 2)).all()),
            Steps.read("listStreamsGroupOffsets", t -> t.admin.listStreamsGroupOffsets(Map.of("streaming", new ListStreamsGroupOffsetsSpec(), "nobody", new ListStreamsGroupOffsetsSpec())).all()),
            Steps.change("deleteStreamsGroupOffsets", t -> t.admin.deleteStreamsGroupOffsets("streaming", Set.of(TopicSteps.part("orders", 0)), new DeleteStreamsGroupOffsetsOptions()).all()),
            Steps.change("deleteStreamsGroups", t -> t.admin.deleteStreamsGroups(List.of("streaming", "nobody")).deletedGroups()),
            Steps.change("removeMembersFromConsumerGroup, all of none", t -> t.admin.removeMembersFromConsumerGroup("classic", new RemoveMembersFromConsumerGroupOptions()).all()),
            Steps.change("deleteConsumerGroups", t -> t.admin.deleteConsumerGroups(List.of("classic", "static", "workers", "committed", "nobody", "")).deletedGroups()),
            Steps.read("listGroups at the end", t -> t.admin.listGroups()),
            Steps.read("describeConsumerGroups of none", t -> t.admin.describeConsumerGroups(Collections.emptyList())));
    }
}
