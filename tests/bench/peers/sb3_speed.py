"""Steps per second of stable-baselines3's PPO, learning included, as one JSON document.

    .deps/peers/bin/python tests/bench/peers/sb3_speed.py            # installed by install.sh
    .deps/peers/bin/python tests/bench/peers/sb3_speed.py --tasks Hopper-v5 --steps 20480

Same network (64-64 tanh, separate policy and value nets) and the same batch arithmetic as Carrot's
default: 8 environments x 256 steps, minibatch 256, 10 epochs. Every way of running the peer is
measured (environments in one process or one process each; 1 or 2 threads in PyTorch) and its best one
counts, so that the comparison is with the peer as a careful user would run it.
"""
import argparse
import json
import os
import subprocess
import sys
import time


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


def versions():
    import gymnasium, mujoco, stable_baselines3, torch
    return {"stable_baselines3": stable_baselines3.__version__, "torch": torch.__version__,
            "gymnasium": gymnasium.__version__, "mujoco": mujoco.__version__}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=["Hopper-v5", "HalfCheetah-v5", "CartPole-v1"])
    parser.add_argument("--steps", type=int, default=20480)
    parser.add_argument("--vectorised", nargs="+", default=["one_process", "process_each"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--one", action="store_true", help="one setting in this process (internal)")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.tasks[0], args.steps, args.vectorised[0], args.threads[0])))
        return
    runs = []
    for task in args.tasks:
        for vectorised in args.vectorised:
            for threads in args.threads:
                # A process of its own: thread pools of PyTorch cannot be resized reliably.
                done = subprocess.run(
                    [sys.executable, __file__, "--one", "--tasks", task, "--steps", str(args.steps),
                     "--vectorised", vectorised, "--threads", str(threads)],
                    check=True, capture_output=True, text=True,
                    env={**os.environ, "OMP_NUM_THREADS": str(threads)})
                runs.append(json.loads(done.stdout.splitlines()[-1]))
                print(f"{task:16} {vectorised:13} {threads} threads "
                      f"{runs[-1]['steps_per_second']:8.0f} steps/s", file=sys.stderr)
    best = {task: max(r["steps_per_second"] for r in runs if r["task"] == task)
            for task in args.tasks}
    print(json.dumps({"peer": versions(), "cores": os.cpu_count(),
                      "load_average": os.getloadavg()[0],
                      "results": [{"name": f"peer/{task}", "value": value, "unit": "steps/s"}
                                  for task, value in best.items()], "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
