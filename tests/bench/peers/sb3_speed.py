"""Steps per second, learning included: Carrot beside stable-baselines3's PPO, as one JSON document.

    .deps/peers/bin/python tests/bench/peers/sb3_speed.py            # installed by install.sh
    .deps/peers/bin/python tests/bench/peers/sb3_speed.py --tasks Hopper-v5 --steps 20480

Same network (64-64 tanh, separate policy and value nets) and the same batch arithmetic as Carrot's
default: 8 environments x 256 steps, minibatch 256, 10 epochs. Every way of running the peer is
measured (environments in one process or one process each; 1 or 2 threads in PyTorch) and its best one
counts, so that the comparison is with the peer as a careful user would run it. `carrot bench --filter
train/TASK` runs before and after each task's peer, so that a machine that slows down shows in both.
The document is also written to tests/bench/results/sb3_speed.json if all three tasks were run.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TASKS = {"Hopper-v5": "hopper", "HalfCheetah-v5": "half_cheetah", "CartPole-v1": "cartpole"}


def measure(task, steps, vectorised, threads):
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

    torch.set_num_threads(threads)
    envs = make_vec_env(task, n_envs=8, seed=0,
                        vec_env_cls=DummyVecEnv if vectorised == "one_process" else SubprocVecEnv)
    model = PPO("MlpPolicy", envs, n_steps=256, batch_size=256, n_epochs=10, device="cpu", seed=0,
                policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}})
    model.learn(total_timesteps=2 * 2048)  # warm up
    start = time.perf_counter()
    model.learn(total_timesteps=steps, reset_num_timesteps=True)
    seconds = time.perf_counter() - start
    envs.close()
    return {"task": task, "vectorised": vectorised, "threads": threads,
            "steps": int(model.num_timesteps), "seconds": round(seconds, 3),
            "steps_per_second": round(model.num_timesteps / seconds, 1)}


def measure_carrot(task):
    name = f"train/{TASKS[task]}"
    done = subprocess.run([ROOT / "carrot", "bench", "--filter", name, "--json"], check=True,
                          stdout=subprocess.PIPE, text=True)
    found = {r["name"]: r for r in json.loads(done.stdout)["results"]}
    print(f"{task:16} carrot {found[name]['value']:25.0f} steps/s, {found[name]['ratio']:.2f} of the bound",
          file=sys.stderr)
    return {"steps_per_second": round(found[name]["value"], 1), "of_bound": round(found[name]["ratio"], 3),
            "share_of_wall_time": {key.rsplit("/", 1)[1]: round(r["ratio"], 3)
                                   for key, r in found.items() if key != name}}


def versions():
    import gymnasium, mujoco, stable_baselines3, torch
    return {"stable_baselines3": stable_baselines3.__version__, "torch": torch.__version__,
            "gymnasium": gymnasium.__version__, "mujoco": mujoco.__version__}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--steps", type=int, default=20480)
    parser.add_argument("--vectorised", nargs="+", default=["one_process", "process_each"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--one", action="store_true", help="one setting in this process (internal)")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.tasks[0], args.steps, args.vectorised[0], args.threads[0])))
        return
    runs, results = [], []
    for task in args.tasks:
        carrot = [measure_carrot(task)]
        peers = []
        for vectorised in args.vectorised:
            for threads in args.threads:
                # A process of its own: thread pools of PyTorch cannot be resized reliably.
                done = subprocess.run(
                    [sys.executable, __file__, "--one", "--tasks", task, "--steps", str(args.steps),
                     "--vectorised", vectorised, "--threads", str(threads)],
                    check=True, capture_output=True, text=True,
                    env={**os.environ, "OMP_NUM_THREADS": str(threads)})
                peers.append(json.loads(done.stdout.splitlines()[-1]))
                print(f"{task:16} {vectorised:13} {threads} threads "
                      f"{peers[-1]['steps_per_second']:8.0f} steps/s", file=sys.stderr)
        carrot.append(measure_carrot(task))
        runs += peers
        value = sum(c["steps_per_second"] for c in carrot) / len(carrot)
        peer = max(r["steps_per_second"] for r in peers)
        results.append({"name": f"train/{TASKS[task]}", "value": round(value, 1), "unit": "steps/s",
                        "baseline": peer, "ratio": round(value / peer, 2), "against": f"peer on {task}",
                        "carrot": carrot})
    document = json.dumps({"peer": versions(), "cores": os.cpu_count(), "load_average": os.getloadavg()[0],
                           "results": results, "peer_runs": runs}, indent=1)
    print(document)
    if set(args.tasks) == set(TASKS):
        (ROOT / "tests/bench/results/sb3_speed.json").write_text(document + "\n")


if __name__ == "__main__":
    main()
