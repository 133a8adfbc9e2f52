import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Does the same with two brokers, step by step, and prints what both gave: one JSON object a line. */
public final class AdminMethods {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Brokers hear of changes a little after they are answered: what only reads is asked again until both agree. */
    private static final long PATIENCE_MS = 20_000;

    /** Bootstrap server, controller's port, data directory and another log directory of each. */
    public static void main(String[] args) throws Exception {
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < args.length; i += 4) targets.add(new Target(args[i], args[i + 1], args[i + 2], args[i + 3]));
        for (Steps.Step step : Steps.all()) {
            List<JsonNode> answers = answers(step, targets);
            for (long end = System.currentTimeMillis() + PATIENCE_MS; !isOver(step, answers) && System.currentTimeMillis() < end; ) {
                Thread.sleep(100);
                answers = answers(step, targets);
            }
            ObjectNode line = JSON.createObjectNode();
            line.put("title", step.title());
            line.putArray("answers").addAll(answers);
            System.out.println(line);
        }
        Runtime.getRuntime().halt(0);
    }

    private static boolean isOver(Steps.Step step, List<JsonNode> answers) {
        if (step.kind() == Steps.Kind.CHANGES) return true;
        if (step.kind() == Steps.Kind.WAITS && !answers.get(0).asBoolean()) return false;
        return answers.stream().distinct().count() == 1;
    }

    private static List<JsonNode> answers(Steps.Step step, List<Target> targets) {
        List<JsonNode> answers = new ArrayList<>();
        for (Target target : targets) answers.add(target.answer(step));
        return answers;
    }
}
