"""Learning quality: Carrot's PPO and stable-baselines3's on the same tasks with the same settings.

    .deps/peers/bin/python tests/bench/peers/learning_study.py run        # hours; resumable
    .deps/peers/bin/python tests/bench/peers/learning_study.py report     # the table, from results

Each (learner, task, seed) is one file in tests/bench/results/learning/, written when it is whole: what
exists is not run again. Both learn 1,000,000 steps: 8 environments x 256 steps, minibatch 256, 10
epochs, 64-64 tanh, learning rate 3e-4, observations and rewards normalised by running statistics; both
are then evaluated on 32 held-out episodes with the mean action and frozen normalisers. The reward is
Gymnasium's own. The report gives the median over seeds and the interquartile mean with a bootstrap
interval (10,000 resamples over seeds).
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
RESULTS = ROOT / "tests/bench/results/learning"
TASKS = {"hopper": "Hopper-v5", "half_cheetah": "HalfCheetah-v5", "walker2d": "Walker2d-v5"}
EPISODES = 32


def train_peer(task, seed, steps):
    import numpy as np
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    torch.set_num_threads(1)
    envs = VecNormalize(make_vec_env(TASKS[task], n_envs=8, seed=seed), gamma=0.99)
    model = PPO("MlpPolicy", envs, n_steps=256, batch_size=256, n_epochs=10, device="cpu", seed=seed,
                policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}})
    model.learn(total_timesteps=steps)
    envs.training = False
    envs.norm_reward = False
    envs.seed(10_000 + seed)
    obs, returns, running = envs.reset(), [], np.zeros(8)
    quota = [EPISODES // 8] * 8  # the first episodes of each env: no bias towards short ones
    while any(quota):
        obs, reward, done, _ = envs.step(model.predict(obs, deterministic=True)[0])
        running += reward
        for i in np.flatnonzero(done):
            if quota[i]:
                returns.append(float(running[i]))
                quota[i] -= 1
            running[i] = 0
    envs.close()
    return returns


def find_return(document):
    """The "return" object of the evaluation, wherever it is."""
    if isinstance(document, dict):
        if isinstance(document.get("return"), dict) and "mean" in document["return"]:
            return document["return"]["mean"]
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            found = find_return(item)
            if found is not None:
                return found
    return None


def train_carrot(program, task, seed, steps, folder):
    out = folder / f"run-{task}-{seed}"
    # The window of a run that was cut off is closed by --resume; its settings are in the folder.
    where = ["--resume", str(out)] if (out / "run.json").exists() else [
        "--task", task, "--reward", "gym", "--seed", str(seed), "--steps", str(steps),
        "--eval-episodes", str(EPISODES), "--out", str(out)]
    done = subprocess.run([program, "train", *where, "--json"], check=True,
                          stdout=subprocess.PIPE, text=True, cwd=ROOT)
    mean = find_return(json.loads(done.stdout))
    if mean is None:
        raise SystemExit("carrot train --json printed no evaluation")
    return mean


def run(args):
    RESULTS.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    for seed in range(args.first_seed, args.seeds):
        for task in args.tasks:
            for learner in args.learners:
                path = RESULTS / f"{learner}-{task}-{args.steps}-seed{seed}.json"
                if path.exists():
                    continue
                print(f"{learner} {task} seed {seed} ...", file=sys.stderr, flush=True)
                start = time.time()
                result = {"learner": learner, "task": task, "seed": seed, "steps": args.steps,
                          "episodes": EPISODES, "command": " ".join(sys.argv)}
                if learner == "peer":
                    returns = train_peer(task, seed, args.steps)
                    result |= {"return": statistics.mean(returns), "returns": returns}
                else:
                    result |= {"return": train_carrot(args.carrot, task, seed, args.steps, work)}
                result["minutes"] = round((time.time() - start) / 60, 1)
                temporary = path.with_suffix(".tmp")
                temporary.write_text(json.dumps(result, indent=1) + "\n")
                temporary.rename(path)
    report(args)


def interquartile_mean(values):
    """Mean of the middle half; a value that the cut goes through counts in part."""
    values, n = sorted(values), len(values)
    weights = [max(0.0, min(i + 1, 0.75 * n) - max(i, 0.25 * n)) for i in range(n)]
    return sum(w * v for w, v in zip(weights, values)) / sum(weights)


def interval(values, resamples=10_000):
    rng = random.Random(0)
    means = sorted(interquartile_mean(rng.choices(values, k=len(values))) for _ in range(resamples))
    return means[int(0.025 * resamples)], means[int(0.975 * resamples)]


def report(args):
    print(f"{'task':14} {'learner':8} {'seeds':>5} {'median':>8} {'IQM':>8}  95 % interval")
    for task in args.tasks:
        for learner in args.learners:
            found = [json.loads(p.read_text())["return"]
                     for p in sorted(RESULTS.glob(f"{learner}-{task}-{args.steps}-seed*.json"))]
            if found:
                low, high = interval(found)
                print(f"{task:14} {learner:8} {len(found):5} {statistics.median(found):8.0f} "
                      f"{interquartile_mean(found):8.0f}  {low:.0f} .. {high:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--learners", nargs="+", default=["carrot", "peer"],
                        choices=["carrot", "peer"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="of those to run: two processes side by side")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--work", default=str(ROOT / "runs/learning_study"))
    parser.add_argument("--carrot", default=str(ROOT / "carrot"), help="the program to run")
    args = parser.parse_args()
    run(args) if args.what == "run" else report(args)


if __name__ == "__main__":
    main()
