import * as v from 'valibot';

const names = (words: string): v.GenericSchema<readonly string[]> =>
  v.pipe(v.array(v.string()), v.description(words));

/** What else than the commands says what dbt does, as the predicate has it. */
export const settingsSchema = v.object({
  set: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        value: v.string(),
        source: v.pipe(
          v.picklist(['environment', 'project', 'user']),
          v.description(
            'environment: a variable of the job. project: flags of dbt_project.yml as written there; dbt ignores those that it does not take from a project. user: flags of ~/.dbt/user_settings.yml.',
          ),
        ),
      }),
    ),
    v.description(
      "Settings of dbt that a file or the job's environment makes; an option of a command wins over them.",
    ),
  ),
  dropped: names('Settings of dbt in the environment of the job that dbt did not get, by name.'),
  variables: names(
    'Variables of the job that code of the project could read, by name, never their values; what every program gets (PATH, HOME, …) is left out.',
  ),
});
