import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { SetupStep } from "../api/names";
import { useRights } from "../session/useRights";
import { Command } from "./Command";
import classes from "./FirstRun.module.css";

/** What to do next for a step that is open, for somebody who can: the page it is done on, or the command to copy. */
export function NextThing({ name }: { readonly name: SetupStep["name"] }) {
  const { t } = useLingui();
  const rights = useRights();
  switch (name) {
    case "administrator":
      return (
        <div className={classes.next}>
          <p>
            <Link to="/profile">{t`Set up your second factor in your profile`}</Link>
          </p>
        </div>
      );
    case "organisation":
      return (
        <div className={classes.next}>
          <p>
            <Link to="/administration" search={{ part: "organisation" }}>
              {t`Import your units and systems under administration`}
            </Link>
          </p>
          <p>{t`To try Khiên out first, import the fictional example: coordination/example/organisation.yaml. On the server:`}</p>
          <Command text="khien organisation import DIR" />
        </div>
      );
    case "policy":
      return (
        <div className={classes.next}>
          <p>
            <Link to="/coordination/versions">{t`Bring a version in force: draft, check, two signatures`}</Link>
          </p>
          <p>{t`What is missing in a draft, on the server:`}</p>
          <Command text="khien policy check DIR" />
        </div>
      );
    case "duty":
      return (
        <div className={classes.next}>
          {rights.includes("duty.edit") && (
            <p>
              <Link to="/duty" search={{ part: "rota" }}>
                {t`Import a rota that covers every hour`}
              </Link>
            </p>
          )}
          {rights.includes("people.change") && (
            <p>
              <Link to="/administration" search={{ part: "people" }}>
                {t`Give log-ins to the people of the rota`}
              </Link>
            </p>
          )}
        </div>
      );
    case "sensor":
      return (
        <div className={classes.next}>
          <p>{t`On the server, first the sensor's certificate, then the sensor itself:`}</p>
          <Command text="khien setup --sensor gateway1" />
          <Command text="khien sensor run --name gateway1 --interface eth0" />
        </div>
      );
    case "alert":
      return (
        <div className={classes.next}>
          <p>{t`It comes by itself when a rule matches. To see one now, let the sensor read a recorded capture:`}</p>
          <Command text="khien sensor run --name gateway1 --read capture.pcapng --once" />
        </div>
      );
  }
}
