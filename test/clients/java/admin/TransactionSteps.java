import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;

/** Producers and their transactions. */
final class TransactionSteps {
    private static final TopicPartition PARTITION = TopicSteps.part("assigned", 0);

    private TransactionSteps() {}

    private static AbortTransactionSpec specOf(Target t, int epochsLater) throws Exception {
        ProducerState producer = t.admin.describeProducers(List.of(PARTITION)).all().get().get(PARTITION).activeProducers().get(0);
        return new AbortTransactionSpec(PARTITION, producer.producerId(), (short) (producer.producerEpoch() + epochsLater), Math.max(producer.coordinatorEpoch().orElse(0), 0));
    }

    static List<Steps.Step> all() {
        return List.of(
            Steps.read("listTransactions without any", t -> t.admin.listTransactions()),
            Steps.change("a transaction begins", t -> {
                t.begin("pay", "assigned");
                return null;
            }),
            Steps.read("listTransactions", t -> t.admin.listTransactions()),
            Steps.read("listTransactions by state", t -> t.admin.listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.COMPLETE_COMMIT)))),
            Steps.read("listTransactions by an unknown state", t -> t.admin.listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.UNKNOWN)))),
            Steps.read("listTransactions by producer", t -> t.admin.listTransactions(new ListTransactionsOptions().filterProducerIds(List.of(999_999L)))),
            Steps.read("listTransactions by duration", t -> t.admin.listTransactions(new ListTransactionsOptions().filterOnDuration(3_600_000))),
            Steps.read("listTransactions by pattern", t -> t.admin.listTransactions(new ListTransactionsOptions().filterOnTransactionalIdPattern("p.y"))),
            Steps.read("listTransactions by what is no pattern", t -> t.admin.listTransactions(new ListTransactionsOptions().filterOnTransactionalIdPattern("("))),
            Steps.read("describeTransactions", t -> t.admin.describeTransactions(List.of("pay", "nobody")).description("pay")),
            Steps.read("describeTransactions of nobody", t -> t.admin.describeTransactions(List.of("nobody")).all()),
            Steps.read("describeProducers", t -> t.admin.describeProducers(List.of(PARTITION))),
            Steps.read("describeProducers of a broker", t -> t.admin.describeProducers(List.of(PARTITION), new DescribeProducersOptions().brokerId(1))),
            Steps.change("abortTransaction of no epoch", t -> t.admin.abortTransaction(specOf(t, -1))),
            Steps.change("abortTransaction", t -> t.admin.abortTransaction(specOf(t, 0))),
            Steps.read("describeProducers after that", t -> t.admin.describeProducers(List.of(PARTITION))),
            Steps.change("fenceProducers", t -> t.admin.fenceProducers(List.of("pay", "never"))),
            Steps.change("the fenced one commits", t -> {
                try {
                    t.producers.get("pay").commitTransaction();
                    return "it could";
                } catch (RuntimeException e) {
                    return e.getClass().getSimpleName();
                }
            }),
            Steps.change("another begins", t -> {
                t.begin("ship", "assigned");
                return null;
            }),
            Steps.change("forceTerminateTransaction", t -> t.admin.forceTerminateTransaction("ship")),
            Steps.change("forceTerminateTransaction of nobody", t -> t.admin.forceTerminateTransaction("nobody")),
            Steps.read("listTransactions at the end", t -> t.admin.listTransactions().all().get().stream().collect(java.util.stream.Collectors.toMap(l -> l.transactionalId(), l -> l.state()))));
    }
}
