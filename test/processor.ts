import { setDefaultDevice } from "@clidim/tensor";
import { processor } from "@clidim/testing/processor";

// Before each file of the project "processor" (vitest.config.ts); what was compiled for one is there for the next.
setDefaultDevice(processor);
