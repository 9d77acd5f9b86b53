import type { JSX } from "preact";
import { FailureNotice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";

/** What could not be opened, each with its sentence. */
export function OpenFailures(): JSX.Element {
  const { failures } = useSession().images;
  return (
    <>
      {failures.value.map((failure) => (
        <FailureNotice
          key={failure}
          failure={failure}
          title={`${failure.name} was not opened`}
          onDismiss={() => {
            failures.value = failures.value.filter((other) => other !== failure);
          }}
        />
      ))}
    </>
  );
}
