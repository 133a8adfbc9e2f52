import java.util.ArrayList;
import java.util.List;

/** What is done with each broker, in this order. */
final class Steps {
    interface Work {
        Object of(Target target) throws Exception;
    }

    enum Kind { CHANGES, READS, WAITS }

    record Step(String title, Kind kind, Work work) {}

    private Steps() {}

    static Step read(String title, Work work) {
        return new Step(title, Kind.READS, work);
    }

    /** Until it is true of both. */
    static Step await(String title, Work work) {
        return new Step(title, Kind.WAITS, work);
    }

    static Step change(String title, Work work) {
        return new Step(title, Kind.CHANGES, work);
    }


    static List<Step> all() {
        List<Step> all = new ArrayList<>();
        all.addAll(TopicSteps.all());
        all.addAll(ConfigSteps.all());
        all.addAll(GroupSteps.all());
        all.addAll(TransactionSteps.all());
        all.addAll(ClusterSteps.all());
        all.addAll(TopicSteps.last());
        return all;
    }
}
