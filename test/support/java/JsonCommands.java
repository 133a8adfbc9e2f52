import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;

/** One JSON command a line in, one JSON answer a line out, each command on a thread of its own. */
final class JsonCommands {
    private static final ObjectMapper JSON = new ObjectMapper();

    interface Commands {
        Object run(JsonNode command) throws Exception;
    }

    private JsonCommands() {
    }

    /** Until the standard input ends, and the process with it. */
    static void serve(Commands commands) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode command = JSON.readTree(line);
            Thread thread = new Thread(() -> answer(commands, command));
            thread.setDaemon(true);
            thread.start();
        }
        Runtime.getRuntime().halt(0);
    }

    private static void answer(Commands commands, JsonNode command) {
        ObjectNode answer = JSON.createObjectNode();
        answer.put("id", command.path("id").asInt());
        try {
            answer.set("result", JSON.valueToTree(commands.run(command)));
        } catch (Throwable e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        synchronized (System.out) {
            System.out.println(answer);
            System.out.flush();
        }
    }
}
