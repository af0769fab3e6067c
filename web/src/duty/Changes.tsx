import { useState } from "react";
import { ActDialog, type Step } from "./ActDialog";
import { Leave } from "./Leave";
import { Overrides } from "./Overrides";
import { Swaps } from "./Swaps";

/** What people asked to change and what of it waits for whom. */
export function Changes() {
  const [step, setStep] = useState<Step>();
  return (
    <>
      <Swaps onStep={setStep} />
      <Leave onStep={setStep} />
      <Overrides onStep={setStep} />
      {step && <ActDialog step={step} onClose={() => setStep(undefined)} />}
    </>
  );
}
